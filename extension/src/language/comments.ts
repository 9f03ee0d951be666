/** Comments toggled in a cell of Flink SQL: the lines of SQL that are selected, and never the magic's own. */

import { toggleComment } from '@codemirror/commands';
import { EditorSelection, EditorState, Transaction } from '@codemirror/state';

import { HEAD_LENGTH, headOf } from './head';

interface ITarget {
  state: EditorState;
  dispatch: (change: Transaction) => void;
}

/** As CodeMirror's `toggleComment`, which asks the first line that is selected how comments are written. */
export function toggleSqlComment({ state, dispatch }: ITarget): boolean {
  const head = headOf(state.sliceDoc(0, HEAD_LENGTH));
  const begin = head === null ? 0 : head.to + 1;
  const ranges = state.selection.ranges
    .filter(({ to, empty }) => to > begin || (empty && to === begin && to <= state.doc.length))
    .map(({ from, to }) => EditorSelection.range(Math.max(from, begin), to));
  if (ranges.length === 0) {
    return false;
  }
  const below = state.update({ selection: EditorSelection.create(ranges) }).state;
  return toggleComment({
    state: below,
    dispatch: ({ changes }) =>
      dispatch(state.update({ changes, selection: state.selection.map(changes, 1) }))
  });
}
