/** The Flink cell that a command is about, and what kind of notebook it is in. */

import type { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { isFlink } from './variants';

export interface IPlace {
  panel: NotebookPanel;
  cell: CodeCell;
}

/** The active cell when it is one of Flink SQL in a notebook of Python; null otherwise. */
export function activeFlinkCell(tracker: INotebookTracker): IPlace | null {
  const panel = tracker.currentWidget;
  const cell = tracker.activeCell;
  if (panel === null || cell === null || cell.model.type !== 'code' || !isPython(panel)) {
    return null;
  }
  return isFlink(cell.model.sharedModel.getSource()) ? { panel, cell: cell as CodeCell } : null;
}

/** Whether the magics of Python work in a notebook. One that says nothing yet gets the benefit of the doubt. */
export function isPython(panel: NotebookPanel): boolean {
  const model = panel.content.model;
  const info = model?.getMetadata('language_info') as { name?: unknown } | undefined;
  const spec = model?.getMetadata('kernelspec') as { language?: unknown } | undefined;
  return isPythonic(info?.name ?? spec?.language);
}

/** Whether a language's name, as notebooks have it, is Python's, or is not known. */
export function isPythonic(language: unknown): boolean {
  return typeof language !== 'string' || language === '' || /^i?python\d?$/i.test(language);
}
