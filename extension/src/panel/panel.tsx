/** The side panel: a notice on top when there is something to say, and its sections. */

import {
  ReactWidget,
  refreshIcon,
  SidePanel,
  Toolbar,
  ToolbarButton
} from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { AccordionPanel } from '@lumino/widgets';
import React from 'react';

import { Store, useStore } from '../common/store';
import { moment } from '../common/words';
import type { Live, LivePart } from '../server/live';
import { Catalog } from './catalog';
import { Clusters } from './clusters';
import type { IContext } from './context';
import { History } from './history';
import { flinkIcon } from '../common/icon';
import { Incidents } from './incidents';
import { Jobs } from './jobs';
import { useLive } from './live_store';
import type { Memory } from './memory';
import { noticeOf } from './notice';
import type { INotice } from './notice';
import { Section } from './section';
import type { SectionView } from './section';
import { Variables } from './variables';

/** Name, view, and the share of the height that it takes at first. */
const SECTIONS: [string, SectionView, number][] = [
  ['Clusters', Clusters, 2],
  ['Catalog', Catalog, 4],
  ['Jobs', Jobs, 4],
  ['History', History, 3],
  ['Variables', Variables, 2],
  ['Incidents', Incidents, 3]
];
const FIRST = ['Clusters', 'Catalog', 'Jobs']; // open the first time

export const PANEL = 'flinklab-panel';

type Given = Omit<IContext, 'shown' | 'refreshed' | 'opened'>;

export class FlinkPanel extends SidePanel {
  constructor(
    context: Given,
    private readonly memory: Memory
  ) {
    super();
    this.id = PANEL;
    this.title.icon = flinkIcon;
    this.title.caption = 'Flink: clusters, catalog, jobs';
    this.addClass('flinklab-Panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Flink');
    this.node.tabIndex = -1;
    this.live = context.live;
    this.header.addWidget(new NoticeWidget(this.notice, () => this.refresh()));
    this.toolbar.addItem('who', new Who(context.live));
    this.toolbar.addItem('spacer', Toolbar.createSpacerItem());
    this.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: 'Ask for everything anew',
        onClick: () => this.refresh()
      })
    );
    const all = { ...context, refreshed: this.refreshed, opened: memory };
    for (const [title, view] of SECTIONS) {
      this.addWidget(new Section(title, view, all, this.ready));
    }
    this.live.changed.connect(this.onLive, this);
    if (this.live.status) {
      this.heard = moment(Date.now()); // other parts listen since before
    }
    this.say();
    void this.restore();
  }

  /** Ask the server for everything anew. */
  refresh(): void {
    this.live.refresh();
    this.refreshed.emit();
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  /** The keys come along, to the first list that is open. */
  protected override onActivateRequest(): void {
    if (!this.node.contains(document.activeElement)) {
      const lists = this.node.querySelectorAll<HTMLElement>('.flinklab-List');
      ([...lists].find(each => each.offsetParent !== null) ?? this.node).focus();
    }
  }

  private async restore(): Promise<void> {
    const content = this.content as AccordionPanel;
    await this.memory.read();
    if (this.isDisposed) {
      return;
    }
    const open = this.memory.sections ?? FIRST;
    SECTIONS.forEach(([title], at) =>
      open.includes(title) ? content.expand(at) : content.collapse(at)
    );
    content.setRelativeSizes(
      SECTIONS.map(([title, , share]) => (open.includes(title) ? share : 0))
    );
    content.expansionToggled.connect(() => {
      const names = SECTIONS.filter((_, at) => !this.widgets[at].isHidden).map(([name]) => name);
      this.memory.keepSections(names);
    });
    this.ready.set(true);
  }

  private onLive(_: Live, part: LivePart): void {
    if (part !== 'connection') {
      this.heard = moment(Date.now());
    }
    this.say();
  }

  private say(): void {
    const { status, error, stale } = this.live;
    const notice = noticeOf({ status, error, stale, heard: this.heard });
    this.content.setHidden(notice?.kind === 'none');
    this.toggleClass('flinklab-mod-old', notice?.kind === 'old');
    if (JSON.stringify(notice) !== JSON.stringify(this.notice.value)) {
      this.notice.set(notice);
    }
  }

  private readonly live: Live;
  private readonly notice = new Store<INotice | null>(null);
  private readonly ready = new Store(false);
  private readonly refreshed = new Signal<this, void>(this);
  private heard: string | null = null;
}

/** Whose panel it is: the team and the environment that values come from. */
class Who extends ReactWidget {
  constructor(private readonly live: Live) {
    super();
    this.addClass('flinklab-Who');
  }

  protected override render(): React.JSX.Element {
    return <WhoWords live={this.live} />;
  }
}

const whoOf = ({ status }: Live) =>
  status ? [status.team, status.environment].filter(Boolean).join(' · ') : '';

function WhoWords({ live }: { live: Live }): React.JSX.Element {
  return <span title="Team and environment">{useLive(live, 'status', whoOf) || 'Flink'}</span>;
}

class NoticeWidget extends ReactWidget {
  constructor(
    private readonly notice: Store<INotice | null>,
    private readonly retry: () => void
  ) {
    super();
  }

  protected override render(): React.JSX.Element {
    return <Notice notice={this.notice} retry={this.retry} />;
  }
}

function Notice(props: { notice: Store<INotice | null>; retry: () => void }): React.JSX.Element {
  const notice = useStore(props.notice);
  return (
    <div role="status" aria-live="polite">
      {notice && (
        <div className="flinklab-Notice" data-kind={notice.kind}>
          <span>{notice.text}</span>
          {notice.offer === 'reload' && (
            <button type="button" className="flinklab-Link" onClick={() => location.reload()}>
              Reload
            </button>
          )}
          {notice.offer === 'retry' && (
            <button type="button" className="flinklab-Link" onClick={props.retry}>
              Try again
            </button>
          )}
        </div>
      )}
    </div>
  );
}
