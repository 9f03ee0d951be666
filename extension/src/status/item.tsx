/** The status bar's item: where statements go, and whether jobs have problems. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { ReactElement } from 'react';

import type { Live, LivePart } from '../server/live';
import { standingOf } from './standing';

export class StatusItem extends ReactWidget {
  constructor(
    private readonly live: Live,
    private readonly open: () => void
  ) {
    super();
    this.addClass('flinklab-StatusItem');
    live.changed.connect(this.onChanged, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.live.changed.disconnect(this.onChanged, this);
    }
    super.dispose();
  }

  protected override render(): ReactElement {
    const { text, title, isBad } = standingOf(this.live.status, this.live.error?.text ?? '');
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

  private onChanged(_: Live, part: LivePart): void {
    if (part === 'status' || part === 'connection') {
      this.update();
    }
  }
}
