/** A tree that remembers what was open in it, and is asked for anew when a person wants that. */

import { useEffect, useMemo } from 'react';

import type { IContext } from './context';
import { Tree } from './tree';
import type { Load } from './tree';

/** `part`: what it is remembered by. `load` must stay the same function. */
export function useTree(context: IContext, part: string, load?: Load): Tree {
  const { opened, refreshed } = context;
  const tree = useMemo(() => {
    const made = new Tree(load);
    made.reopen(opened.of(part));
    return made;
  }, [load, opened, part]);
  useEffect(() => {
    const refresh = () => tree.refresh();
    refreshed.connect(refresh);
    const stop = tree.rows.subscribe(() => opened.keep(part, tree.opened));
    return () => {
      refreshed.disconnect(refresh);
      stop();
    };
  }, [tree, opened, part, refreshed]);
  return tree;
}
