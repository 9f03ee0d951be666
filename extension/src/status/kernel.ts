/** Asks the kernel of the notebook in front where its statements go, when a cell of it has run. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

import { isPython } from '../cells/where';
import { ASKED, type IKernelStanding, kernelStanding } from './standing';

const NAME = 'flinklab';

/** `told` hears of each notebook that comes to the front, and of each answer. */
export function followKernel(
  tracker: INotebookTracker,
  told: (standing: IKernelStanding | null) => void
): void {
  const known = new WeakMap<NotebookPanel, IKernelStanding | null>();
  const show = () => told((tracker.currentWidget && known.get(tracker.currentWidget)) ?? null);
  tracker.currentChanged.connect(show);
  NotebookActions.executed.connect((_, { notebook }) => {
    const panel = tracker.find(each => each.content === notebook);
    if (panel && isPython(panel)) {
      void ask(panel).then(standing => {
        known.set(panel, standing);
        show();
      });
    }
  });
}

/** Null where the kernel is busy with another cell: that one's end asks again. */
async function ask(panel: NotebookPanel): Promise<IKernelStanding | null> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel || kernel.status === 'dead') {
    return null;
  }
  try {
    const content = {
      code: '',
      silent: true,
      store_history: false,
      user_expressions: { [NAME]: ASKED }
    };
    const { content: reply } = await kernel.requestExecute(content).done;
    return reply.status === 'ok' ? kernelStanding(reply.user_expressions[NAME]) : null;
  } catch {
    return null;
  }
}
