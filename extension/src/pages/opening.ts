/** Opens the pages: one tab for each job and each cluster, which is there again after a reload. */

import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { SplitPanel, TabPanel } from '@lumino/widgets';
import { createElement } from 'react';

import { Store } from '../common/store';
import { flinkIcon } from '../common/icon';
import { lineOf } from '../server/client';
import type { Live } from '../server/live';
import type { IClusterKey, IJobKey } from '../server/types';
import { choose } from './chooser';
import { CLUSTER_SECTIONS, ClusterPage } from './cluster_page';
import { JOB_SECTIONS, JobPage, titleOf } from './job_page';
import { clusterLabel, jobLabel } from './meant';
import { CHOOSE_CLUSTER, CHOOSE_JOB, CLUSTER, JOB } from './names';
import { Page } from './page';
import type { IPageProps, IPageState } from './page';
import { rangeOf } from './ranges';
import type { ISurroundings } from './surroundings';

const CATEGORY = 'Flink';
const LOWEST = 100; // px in which something of a page can be seen

/** A tab with what opens it again. */
class Tab extends MainAreaWidget<Page> {
  constructor(
    content: Page,
    readonly what: ReadonlyPartialJSONObject
  ) {
    super({ content });
    this.addClass('flinklab-Tab');
    this.toolbar.hide();
  }

  /** What opens it again as it is now. */
  get args(): ReadonlyPartialJSONObject {
    return { ...this.what, ...this.content.state.value };
  }
}

export class Opener {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly surroundings: ISurroundings
  ) {}

  /** Adds the commands. */
  register(palette: ICommandPalette | null, restorer: ILayoutRestorer | null): void {
    const { commands } = this.app;
    commands.addCommand(JOB, {
      label: args => (typeof args.name === 'string' ? `Open Job ${args.name}` : 'Open Job'),
      caption: 'Open the page of a managed job',
      execute: args => this.openJob(args)
    });
    commands.addCommand(CLUSTER, {
      label: args => (typeof args.name === 'string' ? `Open Cluster ${args.name}` : 'Open Cluster'),
      caption: 'Open the page of a cluster',
      execute: args => this.openCluster(args)
    });
    commands.addCommand(CHOOSE_JOB, {
      label: 'Open Job…',
      caption: 'Choose a managed job by its name and open its page',
      execute: () => this.choose('job', () => this.surroundings.client.jobs(), jobLabel, JOB)
    });
    commands.addCommand(CHOOSE_CLUSTER, {
      label: 'Open Cluster…',
      caption: 'Choose a cluster by its name and open its page',
      execute: () =>
        this.choose('cluster', () => this.surroundings.client.clusters(), clusterLabel, CLUSTER)
    });
    palette?.addItem({ command: CHOOSE_JOB, category: CATEGORY });
    palette?.addItem({ command: CHOOSE_CLUSTER, category: CATEGORY });
    if (restorer) {
      const args = (tab: Tab) => tab.args;
      const name = (tab: Tab) => tab.id;
      void restorer.restore(this.jobs, { command: JOB, args, name });
      void restorer.restore(this.clusters, { command: CLUSTER, args, name });
    }
  }

  private async openJob(args: ReadonlyPartialJSONObject): Promise<Tab | undefined> {
    const { environment, name, team } = texts(args);
    if (!name || !environment) {
      return this.app.commands.execute(CHOOSE_JOB);
    }
    let key: IJobKey = { team, environment, name };
    if (!team) {
      try {
        const found = await this.surroundings.client.job(key);
        key = { team: found.team, environment, name: found.name };
      } catch (error) {
        await showErrorMessage(`The job ${name} cannot be opened`, lineOf(error));
        return undefined;
      }
    }
    const content = (props: IPageProps) => createElement(JobPage, { ...props, jobKey: key });
    const tab = this.open(this.jobs, idOf('job', key), args, JOB_SECTIONS, content, { ...key });
    this.entitle(tab, key);
    return tab;
  }

  private async openCluster(args: ReadonlyPartialJSONObject): Promise<Tab | undefined> {
    const { name, team } = texts(args);
    if (!name) {
      return this.app.commands.execute(CHOOSE_CLUSTER);
    }
    let key: IClusterKey = { team, name };
    if (!team) {
      try {
        const found = await this.surroundings.client.cluster(key);
        key = { team: found.team, name: found.name };
      } catch (error) {
        await showErrorMessage(`The cluster ${name} cannot be opened`, lineOf(error));
        return undefined;
      }
    }
    const content = (props: IPageProps) =>
      createElement(ClusterPage, { ...props, clusterKey: key });
    const tab = this.open(this.clusters, idOf('cluster', key), args, CLUSTER_SECTIONS, content, {
      ...key
    });
    tab.title.label = key.name;
    tab.title.caption = `Cluster ${clusterLabel(key)}`;
    return tab;
  }

  private open(
    tracker: WidgetTracker<Tab>,
    id: string,
    args: ReadonlyPartialJSONObject,
    sections: readonly string[],
    content: (props: IPageProps) => React.JSX.Element,
    what: ReadonlyPartialJSONObject
  ): Tab {
    const wanted = sections.find(each => each === args.section);
    let tab = tracker.find(each => each.id === id);
    if (!tab) {
      const state: IPageState = {
        section: wanted ?? sections[0],
        since: rangeOf(args.since).since
      };
      tab = new Tab(new Page(this.surroundings, content, new Store(state)), what);
      tab.id = id;
      tab.title.closable = true;
      tab.title.icon = flinkIcon;
      void tracker.add(tab);
      const made = tab;
      tab.content.state.subscribe(() => void tracker.save(made));
    } else if (wanted) {
      tab.content.state.set({ ...tab.content.state.value, section: wanted });
    }
    this.show(tab);
    return tab;
  }

  private show(tab: Tab): void {
    const { shell } = this.app;
    if (!tab.isAttached) {
      shell.add(tab, 'main');
    }
    if (!tab.isAttached) {
      shell.add(tab, 'down'); // Notebook 7: its main area has one place, and the notebook is there
    }
    shell.activateById(tab.id);
    const tabs = tab.parent?.parent;
    if (tabs instanceof TabPanel) {
      tabs.currentWidget = tab; // which Notebook's shell leaves to others
      const halves = tabs.parent;
      if (halves instanceof SplitPanel && tab.node.offsetHeight < LOWEST) {
        halves.setRelativeSizes([1, 1]);
      }
    }
  }

  /** The job's state in the title of its tab, as long as that is open. */
  private entitle(tab: Tab, key: IJobKey): void {
    tab.title.caption = `Job ${jobLabel(key)}`;
    const { live } = this.surroundings;
    const entitle = () => {
      tab.title.label = titleOf(key, live.job(key));
    };
    entitle();
    if (this.entitled.has(tab)) {
      return;
    }
    this.entitled.add(tab);
    live.changed.connect(entitle);
    tab.disposed.connect(() => live.changed.disconnect(entitle as (live: Live) => void));
  }

  private async choose<T extends object>(
    what: string,
    ask: () => Promise<T[]>,
    label: (each: T) => string,
    command: string
  ): Promise<Tab | undefined> {
    try {
      const found = await choose(what, await ask(), label);
      return found ? this.app.commands.execute(command, keyOnly(found)) : undefined;
    } catch (error) {
      await showErrorMessage(`No ${what} can be opened`, lineOf(error));
      return undefined;
    }
  }

  private readonly jobs = new WidgetTracker<Tab>({ namespace: 'flinklab-jobs' });
  private readonly clusters = new WidgetTracker<Tab>({ namespace: 'flinklab-clusters' });
  private readonly entitled = new WeakSet<Tab>();
}

/** One text for each job and each cluster, that is also an id in the page. */
export function idOf(what: string, key: IJobKey | IClusterKey): string {
  const parts = [key.team, 'environment' in key ? key.environment : '', key.name];
  return ['flinklab', what, ...parts.map(encodeURIComponent)].join('-');
}

function keyOnly(found: object): ReadonlyPartialJSONObject {
  const { team, environment, name } = texts(found as ReadonlyPartialJSONObject);
  return environment ? { team, environment, name } : { team, name };
}

function texts(args: ReadonlyPartialJSONObject): Record<'team' | 'environment' | 'name', string> {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { team: text(args.team), environment: text(args.environment), name: text(args.name) };
}
