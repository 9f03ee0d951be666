/** The commands on the active Flink cell. */

import { Notification, showDialog, Dialog } from '@jupyterlab/apputils';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { nextDiagnostic, openLintPanel } from '@codemirror/lint';
import type { CommandRegistry } from '@lumino/commands';
import type { LabIcon } from '@jupyterlab/ui-components';

import { confirmed } from '../common/confirm';
import { isLive } from '../common/states';
import { lineOf } from '../server';
import type { IFlinklab } from '../server';
import { checkIcon, explainIcon, promoteIcon, runIcon, stopIcon } from './icons';
import { badgeOf } from './known_jobs';
import type { IBadge } from './known_jobs';
import { askPromotion } from './promote_dialog';
import { isExecuting, runAside, runBelow } from './running';
import { checked, explained, jobOf, promoted } from './variants';
import { activeFlinkCell } from './where';
import type { IPlace } from './where';

export const RUN = 'flinklab:run-cell';
export const CHECK = 'flinklab:check-cell';
export const EXPLAIN = 'flinklab:explain-cell';
export const PROMOTE = 'flinklab:promote-cell';
export const STOP = 'flinklab:stop-cell';
export const NEXT_PROBLEM = 'flinklab:next-problem';

/** Those of the palette and, but for the last, of the toolbar, in their order. */
export const COMMANDS = [RUN, CHECK, EXPLAIN, PROMOTE, STOP, NEXT_PROBLEM];

const CATEGORY = 'Flink';

interface IDescribed {
  label: string;
  caption: string;
  icon?: LabIcon;
  act: (place: IPlace) => Promise<void>;
}

export function addCommands(
  commands: CommandRegistry,
  tracker: INotebookTracker,
  server: IFlinklab | null
): void {
  const described: Record<string, IDescribed> = {
    [RUN]: {
      label: 'Run Flink Cell',
      caption: 'Run the statements of this cell',
      icon: runIcon,
      act: run
    },
    [CHECK]: {
      label: 'Check Flink Cell',
      caption: 'Judge the statements of this cell; nothing is run',
      icon: checkIcon,
      act: place => runBelow(place, checked(sourceOf(place)))
    },
    [EXPLAIN]: {
      label: 'Explain Flink Cell',
      caption: 'Show the plans of this cell’s statements',
      icon: explainIcon,
      act: place => runBelow(place, explained(sourceOf(place)))
    },
    [PROMOTE]: {
      label: 'Promote Flink Cell to a Managed Job…',
      caption: 'Make this cell a managed job, or a new version of it',
      icon: promoteIcon,
      act: place => promote(place, server)
    },
    [STOP]: {
      label: 'Stop What the Flink Cell Runs',
      caption: 'Interrupt this cell, end its queries, or stop its job',
      icon: stopIcon,
      act: place => stop(place, server)
    },
    [NEXT_PROBLEM]: {
      label: 'Go to the Next Problem in the Flink Cell',
      caption: 'Select the next place that is marked as wrong, and list them all',
      act: async place => showNextProblem(place)
    }
  };
  for (const [id, { label, caption, icon, act }] of Object.entries(described)) {
    commands.addCommand(id, {
      label,
      caption,
      icon: args => (args.isPalette ? undefined : icon),
      isVisible: () => activeFlinkCell(tracker) !== null,
      isEnabled: () => activeFlinkCell(tracker) !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const place = activeFlinkCell(tracker);
        if (place !== null) {
          await act(place);
        }
      }
    });
  }
}

export function paletteItems(): { command: string; category: string }[] {
  return COMMANDS.map(command => ({ command, category: CATEGORY }));
}

async function run({ panel, cell }: IPlace): Promise<void> {
  await NotebookActions.runCells(panel.content, [cell], panel.sessionContext);
}

async function promote(place: IPlace, server: IFlinklab | null): Promise<void> {
  const { panel, cell } = place;
  const id = cell.model.id;
  const clusters = server?.live.clusters.length ? server.live.clusters : await clustersOf(server);
  const wanted = await askPromotion(sourceOf(place), clusters);
  if (wanted === null || cell.isDisposed || cell.model.id !== id) {
    return;
  }
  const { sharedModel } = cell.model;
  sharedModel.setSource(promoted(sharedModel.getSource(), wanted));
  await run({ panel, cell });
}

async function stop(place: IPlace, server: IFlinklab | null): Promise<void> {
  const { panel, cell } = place;
  if (isExecuting(cell)) {
    await panel.sessionContext.session?.kernel?.interrupt();
    return;
  }
  const name = jobOf(sourceOf(place));
  if (name === '') {
    const id = cell.model.sharedModel.getId();
    await runAside(panel.sessionContext, `%flink queries --cell ${id}`);
    return;
  }
  const badge = server === null ? null : known(place, server);
  if (server === null || badge === null || badge.key === null || badge.state === null) {
    await showDialog({
      title: `Stop ${name}?`,
      body: `Nothing is known of the job here. In a cell, %flink stop ${name} stops it.`,
      buttons: [Dialog.okButton()]
    });
  } else if (!isLive(badge.state)) {
    Notification.info(`${badge.name} is ${badge.state}: there is nothing to stop`);
  } else {
    await stopJob(badge, server);
  }
}

async function stopJob({ key, name }: IBadge, server: IFlinklab): Promise<void> {
  if (key === null) {
    return;
  }
  const order = await confirmed('stop', key);
  if (order === null) {
    return;
  }
  try {
    const { words } = await server.client.order(key, order);
    Notification.info(`${name}: stop: ${words}`);
  } catch (error) {
    Notification.error(lineOf(error));
  }
}

function known(place: IPlace, { live }: IFlinklab): IBadge | null {
  return badgeOf(sourceOf(place), '', {
    jobs: live.jobs,
    isComplete: live.hasJobs,
    environment: live.status?.environment ?? '',
    team: live.status?.team ?? '',
    cells: []
  });
}

async function clustersOf(server: IFlinklab | null) {
  try {
    return (await server?.client.clusters()) ?? [];
  } catch {
    return []; // the form then has the cell's own alone; the magic knows them all
  }
}

function showNextProblem({ cell }: IPlace): void {
  const editor = cell.editor as CodeMirrorEditor | null;
  if (editor !== null) {
    openLintPanel(editor.editor);
    nextDiagnostic(editor.editor);
  }
}

function sourceOf({ cell }: IPlace): string {
  return cell.model.sharedModel.getSource();
}
