/** The section of the clusters: how each is, and below it what runs on it and the sessions of the team. */

import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import React, { useEffect, useMemo } from 'react';

import { useNow } from '../common/clock';
import { useStore } from '../common/store';
import type { Live } from '../server/live';
import type { IClusterRow } from '../server/types';
import { childNodes, clusterNodes, ownPages } from './cluster_nodes';
import { open, OPEN_CLUSTER, OPEN_JOB } from './context';
import type { IContext } from './context';
import { useLive } from './live_store';
import { Line } from './parts';
import type { INode, Path } from './tree';
import { TreeView } from './tree_view';
import { useTree } from './use_tree';

const TICK = 10_000; // ms

const clustersOf = (live: Live) => live.clusters;

export function Clusters({ context }: { context: IContext }): React.JSX.Element {
  const { client, live, shown } = context;
  const clusters = useLive(live, 'clusters', clustersOf);
  const now = useNow(TICK, useStore(shown));
  const load = useMemo(
    () => async (path: Path) => {
      if (path.length === 0) {
        return { nodes: clusterNodes(live.clusters, Date.now()), after: null };
      }
      const cluster = await client.cluster({ team: path[0], name: path[1] });
      return { nodes: childNodes(cluster, Date.now()), after: null };
    },
    [client, live]
  );
  const tree = useTree(context, 'clusters', load);
  useEffect(() => tree.put([], clusterNodes(clusters, now)), [tree, clusters, now]);

  const act = ({ path }: INode) => {
    const [team, name, kind, environment, job] = path;
    if (kind === 'job') {
      open(context, OPEN_JOB, { team, environment, name: job });
    } else if (!kind) {
      open(context, OPEN_CLUSTER, { team, name });
    }
  };
  const pagesOf = ({ path }: INode) => {
    const its = (each: IClusterRow) => each.team === path[0] && each.name === path[1];
    const cluster = path.length === 2 ? clusters.find(its) : undefined;
    return cluster ? ownPages(cluster) : [];
  };
  if (!clusters.length) {
    return (
      <Line
        text={
          live.status
            ? 'No cluster is registered: %flink clusters add makes one known.'
            : 'loading…'
        }
      />
    );
  }
  return (
    <div className="flinklab-Fill">
      <TreeView
        tree={tree}
        label="Clusters"
        act={act}
        actions={node =>
          pagesOf(node).map(({ path, ...shown }) => ({ ...shown, run: () => openPage(path) }))
        }
      />
    </div>
  );
}

function openPage(path: string): void {
  window.open(URLExt.join(PageConfig.getBaseUrl(), path), '_blank', 'noopener');
}
