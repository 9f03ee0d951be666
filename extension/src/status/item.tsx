/** The status bar's item: where statements go, and whether jobs have problems. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { ReactElement } from 'react';

import type { Live, LivePart } from '../server/live';
import { type IKernelStanding, standingOf } from './standing';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly live: Live,
    private readonly open: () => void
  ) {
    super();
    this.addClass('flinklab-StatusItem');
    live.changed.connect(this.onChanged, this);
  }

  /** Where the notebook in front sends statements; null: it has none, or its kernel has said nothing. */
  set kernel(value: IKernelStanding | null) {
    this.told = value;
    this.update();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.live.changed.disconnect(this.onChanged, this);
    }
    super.dispose();
  }

  protected override render(): ReactElement {
    const trouble = this.live.error?.text ?? '';
    const { text, title, isBad } = standingOf(this.live.status, trouble, this.told);
    return (
      <button
        type="button"
        className={'flinklab-StatusItem-button' + (isBad ? ' flinklab-mod-bad' : '')}
        title={title}
        aria-label={`${text}. ${title}. Opens the Flink panel`}
        onClick={this.open}
      >
        {text}
      </button>
    );
  }

  private told: IKernelStanding | null = null;

  private onChanged(_: Live, part: LivePart): void {
    if (part === 'status' || part === 'connection') {
      this.update();
    }
  }
}
