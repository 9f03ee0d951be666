/** Runs a text in the notebook's kernel for a cell: the person sees below the cell what came of it. */

import { Notification } from '@jupyterlab/apputils';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import { OutputArea } from '@jupyterlab/outputarea';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

import type { IPlace } from './where';

const NO_KERNEL = 'This notebook has no kernel: choose one first (Kernel, Change Kernel)';
const WORDS = 600;

/** Run `code` as the cell, whose own text stays as it is. What it shows takes the place of the cell's output. */
export async function runBelow({ panel, cell }: IPlace, code: string): Promise<void> {
  if ((await kernelOf(panel.sessionContext)) === null) {
    return;
  }
  const { model } = cell;
  cell.outputHidden = false;
  model.trusted = true; // a person runs it, as when the cell itself is run
  model.executionState = 'running';
  try {
    const metadata = { ...model.metadata, deletedCells: [], cellId: model.sharedModel.getId() };
    await OutputArea.execute(code, cell.outputArea, panel.sessionContext, metadata);
  } catch (error) {
    if (!isEnded(error)) {
      throw error;
    }
  } finally {
    if (!cell.isDisposed) {
      model.executionState = 'idle';
    }
  }
}

/** Run a line without touching any output; what it printed, in a notification. */
export async function runAside(context: ISessionContext, code: string): Promise<void> {
  const kernel = await kernelOf(context);
  if (kernel === null) {
    return;
  }
  const said: string[] = [];
  const future = kernel.requestExecute({ code, store_history: false, stop_on_error: false });
  future.onIOPub = message => void said.push(wordsOf(message));
  const note = Notification.emit(`${code} …`, 'in-progress', { autoClose: false });
  let isWrong: boolean;
  try {
    isWrong = (await future.done)?.content.status !== 'ok';
  } catch (error) {
    isWrong = true;
    said.push(isEnded(error) ? 'the kernel ended' : String(error));
  }
  const message = said.join('').trim().slice(0, WORDS) || code;
  Notification.update({ id: note, message, type: isWrong ? 'error' : 'success', autoClose: 8000 });
}

/** Whether the kernel runs the cell, or will. */
export function isExecuting(cell: CodeCell): boolean {
  return cell.model.executionState === 'running';
}

async function kernelOf(context: ISessionContext): Promise<Kernel.IKernelConnection | null> {
  await context.ready;
  if (!context.session?.kernel) {
    await context.startKernel();
  }
  const kernel = context.session?.kernel ?? null;
  if (kernel === null) {
    Notification.warning(NO_KERNEL);
  }
  return kernel;
}

function wordsOf(message: KernelMessage.IIOPubMessage): string {
  const { content } = message as { content: { text?: unknown; ename?: unknown; evalue?: unknown } };
  if (message.header.msg_type === 'stream') {
    return String(content.text);
  }
  return message.header.msg_type === 'error' ? String(content.evalue) : '';
}

/** A future that ends because its kernel was restarted, or because another run took the output. */
function isEnded(error: unknown): boolean {
  return error instanceof Error && /cancel|dispos|dead/i.test(error.message);
}
