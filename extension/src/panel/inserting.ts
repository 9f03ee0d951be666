/** Puts a text into the notebook that a person works in, or onto the clipboard. */

import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

import { asCell, atCursor, placeOf } from './placing';
import type { Piece } from './placing';

/** Inserts into the active cell or a new one below it, and puts the cursor behind the text. */
export function insert(tracker: INotebookTracker | null, text: string, piece: Piece): void {
  const panel = tracker?.currentWidget;
  const notebook = panel?.content;
  if (!panel || !notebook?.model) {
    Notification.warning('No notebook is open to insert into: open one, or copy instead.', {
      autoClose: 5000
    });
    return;
  }
  const active = notebook.activeCell;
  const seen = active && { type: active.model.type, source: active.model.sharedModel.source };
  const place = placeOf(piece, seen);
  if (place === 'cursor' && active?.editor) {
    active.editor.replaceSelection?.(atCursor(text));
  } else {
    if (place !== 'fill') {
      NotebookActions.insertBelow(notebook);
      NotebookActions.changeCellType(notebook, 'code');
    }
    const cell = notebook.activeCell;
    cell?.model.sharedModel.setSource(asCell(text));
    const editor = cell?.editor;
    editor?.setCursorPosition(
      editor.getPositionAt(editor.model.sharedModel.source.length) ?? START
    );
  }
  notebook.mode = 'edit';
  notebook.activeCell?.editor?.focus();
}

const START = { line: 0, column: 0 };

export function copy(text: string): void {
  Clipboard.copyToSystem(text);
}
