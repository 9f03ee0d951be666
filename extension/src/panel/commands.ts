/** The commands of the panel's menus: insert and copy what is chosen in a tree. */

import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';

import { lineOf } from '../server/client';
import type { IDefinition } from '../server/types';
import { isRead, ownerOf } from './catalog_nodes';
import type { IContext } from './context';
import { copy, insert } from './inserting';

export const INSERT_NAME = 'flinklab:insert-name';
export const INSERT_SELECT = 'flinklab:insert-select';
export const COPY_NAME = 'flinklab:copy-name';
export const COPY_SELECT = 'flinklab:copy-select';
export const COPY_DDL = 'flinklab:copy-ddl';

/** In the order of the menu. */
export const MENU = [INSERT_NAME, INSERT_SELECT, COPY_NAME, COPY_SELECT, COPY_DDL];

type Given = Pick<IContext, 'chosen' | 'client' | 'tracker'>;

export function addCommands(commands: CommandRegistry, context: Given): void {
  const { chosen, client, tracker } = context;
  const text = () => chosen.value?.text;
  const hasText = () => text() !== undefined;
  const hasRows = () => chosen.value !== null && isRead(chosen.value.path);
  const isDefinition = () => chosen.value !== null && chosen.value.path.length === 3 && hasText();

  /** What is chosen may be another thing by the time the answer is there: it is asked for once. */
  const withDefinition = async (then: (found: IDefinition) => void) => {
    const node = chosen.value;
    if (!node) {
      return;
    }
    const { team, name } = ownerOf(node.path);
    try {
      then(await client.definition(team, name));
    } catch (error) {
      Notification.error(lineOf(error), { autoClose: 8000 });
    }
  };

  commands.addCommand(INSERT_NAME, {
    label: 'Insert Name',
    caption: 'Insert the name at the cursor of the active cell',
    isVisible: hasText,
    isEnabled: hasText,
    execute: () => insert(tracker, text() ?? '', 'name')
  });
  commands.addCommand(INSERT_SELECT, {
    label: 'Insert SELECT',
    caption: 'Insert a SELECT with all columns',
    isVisible: hasRows,
    isEnabled: hasRows,
    execute: () => withDefinition(found => insert(tracker, found.select, 'query'))
  });
  commands.addCommand(COPY_NAME, {
    label: 'Copy Name',
    isVisible: hasText,
    isEnabled: hasText,
    execute: () => copy(text() ?? '')
  });
  commands.addCommand(COPY_SELECT, {
    label: 'Copy SELECT',
    isVisible: hasRows,
    isEnabled: hasRows,
    execute: () => withDefinition(found => copy(found.select))
  });
  commands.addCommand(COPY_DDL, {
    label: 'Copy Definition',
    caption: 'Copy the CREATE statement, secrets masked',
    isVisible: isDefinition,
    isEnabled: isDefinition,
    execute: () => withDefinition(found => copy(found.ddl))
  });
}
