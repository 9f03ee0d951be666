/** The lines of the catalog tree as the panel shows them: with the text that is inserted for each. */

import { dotted, quoted } from '../common/names';
import type { INode as IServerNode } from '../server/types';
import type { INode, Path } from './tree';

const TEAM = 0;
const KIND = 1;
const NAME = 2;
const COLUMN = 3;

/** A node of the server, whose path is team, kind, name, column. */
export function catalogNode(node: IServerNode): INode {
  const { path } = node;
  if (path.length > COLUMN) {
    return { ...node, text: quoted(path[COLUMN]), isThing: true };
  }
  if (path.length > NAME) {
    return { ...node, text: nameOf(path), isThing: true };
  }
  return node;
}

/** How a query calls what is at a path. A definition of another catalog is called by its name alone. */
function nameOf(path: Path): string {
  return path[KIND] === 'catalog' ? quoted(path[NAME]) : dotted([path[TEAM], path[NAME]]);
}

/** Whether rows can be read from what is at a path. */
export function isRead(path: Path): boolean {
  return path.length === NAME + 1 && (path[KIND] === 'table' || path[KIND] === 'view');
}

export function ownerOf(path: Path): { team: string; name: string } {
  return { team: path[TEAM], name: path[NAME] };
}
