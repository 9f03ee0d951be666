/** A parser whose tree has one level: parts of a stretch of text, of which some are read by parsers of their own. */

import { NodeType, PartialParse, Tree } from '@lezer/common';

/** A part of a text, with offsets in the text. */
export interface IPart {
  type: NodeType;
  from: number;
  to: number;
}

/** The tree of `parts` below `top`, from the offset `from` to `to`. */
export function treeOf(top: NodeType, parts: readonly IPart[], from: number, to: number): Tree {
  const children = parts.map(part => new Tree(part.type, [], [], part.to - part.from));
  const positions = parts.map(part => part.from - from);
  return new Tree(top, children, positions, to - from);
}

/** A parse that is done at once: for what is short, and for a frame that other parsers fill. */
export class ParseAtOnce implements PartialParse {
  stoppedAt: number | null = null;

  constructor(
    private readonly tree: Tree,
    readonly parsedPos: number
  ) {}

  advance(): Tree {
    return this.tree;
  }

  stopAt(position: number): void {
    this.stoppedAt = position;
  }
}
