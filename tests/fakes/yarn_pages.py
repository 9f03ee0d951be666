"""Web pages of a ResourceManager of Hadoop 3.4.1, shortened: their links are as it writes them.

`HOST` is where they say that it is, `NODE` a NodeManager's web server.
"""

from __future__ import annotations

HOST = "http://rm-1.example:8088"
NODE = "http://node-7.example:8042"
RUNNING, OTHER, OVER = (f"application_1795331581059_000{number}" for number in (1, 2, 3))
CONTAINER = RUNNING.replace("application", "container") + "_01_000001"
ATTEMPT = RUNNING.replace("application", "appattempt") + "_000001"
NAME = "sleeper &quot;x&quot; &lt;\\/script&gt;&lt;b href=\\'/cluster/nodes\\'&gt;\\'&eacute;\\\\u0041\\\\"
"""What somebody called an application, as it is written in the data of a table."""

_HEAD = """<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html>
  <meta http-equiv="X-UA-Compatible" content="IE=8">
  <title>
    All Applications
  </title>
  <link rel="stylesheet" href="/static/yarn.css">
  <script type="text/javascript" src="/static/jquery/jquery-3.6.0.min.js">
  </script>
  <script type="text/javascript">
    $(function() {
    appsDataTable =  $('#apps').dataTable({bStateSave : true, "fnStateLoad": function (oSettings) { return JSON.parse( sessionStorage.getItem(oSettings.sTableId) );}, bJQueryUI:true, 'aaData': appsTableData
    });
  </script>
              <img src="/static/hadoop-st.png">
                <a href="/cluster/cluster">About</a>
                <a href="/cluster/nodes">Nodes</a>
                <a href="/cluster/apps">Applications</a>
                    <a href="/cluster/apps/NEW_SAVING">NEW_SAVING</a>
                <a href="/cluster/scheduler">Scheduler</a>
                <a href="/conf">Configuration</a>
                <a href="/logs">Local logs</a>
                <a href="/stacks">Server stacks</a>
                <a href="/jmx?qry=Hadoop:*">Server metrics</a>
"""  # noqa: E501


def applications() -> bytes:
    """`/cluster/apps`: one that runs, another that runs, one that is over."""
    rows = ",\n".join(
        f"""["<a href='/cluster/app/{id}'>{id}</a>","dr.who","{NAME}","Apache Flink","a&lt;b,x\\'y","","""
        f""""<a href='{HOST}{link}'>{text}</a>","0"]"""
        for id, link, text in (
            (RUNNING, f"/proxy/{RUNNING}/", "ApplicationMaster"),
            (OTHER, f"/proxy/{OTHER}/", "ApplicationMaster"),
            (OVER, f"/cluster/app/{OVER}", "History"),
        )
    )
    return f"""{_HEAD}
            <script type="text/javascript">
              var appsTableData=[
{rows}
]
            </script>
</html>
""".encode()


def application() -> bytes:
    """`/cluster/app/ID` of the one that runs."""
    return f"""{_HEAD}
          <div>
            <button onclick="confirmAction()"><b>Kill Application</b></button>
          </div>
          <script type="text/javascript">
            function confirmAction() {{ b = confirm("Are you sure?"); if (b == true) {{ $.ajax({{ type: 'PUT', url: '/ws/v1/cluster/apps/{RUNNING}/state', data: '{{"state":"KILLED"}}' }}) }} }}
          </script>
                  <a href="{HOST}/cluster/scheduler?openQueues=root.default">root.default</a>
                  sleeper href="/cluster/nodes" &lt;a href="/cluster/nodes"&gt;
                  <a href="{HOST}/proxy/{RUNNING}/">ApplicationMaster</a>
            <script type="text/javascript">
              var attemptsTableData=[
["<a href='/cluster/appattempt/{ATTEMPT}'>{ATTEMPT}</a>","1795331616575","<a href='{NODE}'>http:\\/\\/node-7.example:8042</a>","<a href='{NODE}/node/containerlogs/{CONTAINER}/dr.who'>Logs</a>","0","0"]
]
            </script>
</html>
""".encode()  # noqa: E501


def scheduler() -> bytes:
    """`/cluster/scheduler`, as far as it can do something."""
    return f"""{_HEAD}
          <button onclick="confirmAction()"><b>Dump scheduler logs</b></button><select id="time">
            <option value="60">1 min
          </select>
          <ul class="queues"><li><a class="ui-corner-all" style="width:80.0%">root</a></ul>
</html>
""".encode()
