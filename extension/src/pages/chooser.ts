/** A job or a cluster chosen by a part of its name, in a dialog that proposes what there is. */

import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';

import { meant } from './meant';

const MOST = 1000; // names that are proposed

/** Null when the person gave up. Asks again while the text means none of them, or several. */
export async function choose<T>(
  what: string,
  all: readonly T[],
  label: (each: T) => string
): Promise<T | null> {
  if (all.length === 0) {
    await showDialog({
      title: `Open ${what}`,
      body: `There is no ${what} in the catalog yet.`,
      buttons: [Dialog.okButton()]
    });
    return null;
  }
  let text = '';
  for (;;) {
    const answer = await InputDialog.getItem({
      title: `Open ${what}`,
      label: text
        ? `${JSON.stringify(text)} is not one ${what} alone`
        : 'A part of its name is enough',
      items: all.slice(0, MOST).map(label),
      editable: true,
      current: text,
      okLabel: 'Open'
    });
    if (!answer.button.accept || answer.value === null) {
      return null;
    }
    const found = meant(all, label, answer.value);
    if (found !== undefined) {
      return found;
    }
    text = answer.value;
  }
}
