/** What all sections of the panel work with. */

import type { INotebookTracker } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';

import type { Orders } from '../common/orders';
import type { Store } from '../common/store';
import type { Client } from '../server/client';
import type { Live } from '../server/live';
import type { INode } from './tree';

export interface IContext {
  client: Client;
  live: Live;
  orders: Orders;
  commands: CommandRegistry;
  tracker: INotebookTracker | null;
  /** Whether the panel is in sight: nothing is asked for, and no clock runs, while it is not. */
  shown: Store<boolean>;
  /** What the menu is about: the node that is active in a tree. */
  chosen: Store<INode | null>;
  /** Told when a person asks for everything anew. */
  refreshed: ISignal<unknown, void>;
  /** What was open in a tree before, and where it is kept. */
  opened: { of: (part: string) => readonly string[]; keep: (part: string, keys: string[]) => void };
}

/** Commands of other parts, which may not be there. */
export const OPEN_JOB = 'flinklab:open-job';
export const OPEN_CLUSTER = 'flinklab:open-cluster';

/** Runs a command of another part, where that is there. */
export function open(context: IContext, command: string, args: Record<string, string>): void {
  if (context.commands.hasCommand(command)) {
    void context.commands.execute(command, args);
  }
}
