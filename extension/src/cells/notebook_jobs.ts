/** Keeps the badges of one notebook: after every change of its cells, and of what is known of their jobs. */

import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { ICellJob, IFlinklab, LivePart } from '../server';
import { Badge } from './badge';
import { badgeOf, IBadge, IKnown } from './known_jobs';
import { isFlink, jobOf } from './variants';
import { isPython } from './where';

const PAUSE = 300; // ms in which several changes of the text are one
const QUIET = 500; // ms in which several changes of jobs are one

export class NotebookJobs {
  /** `changed` is called when a cell may have become one of Flink SQL, or ceased to be one. */
  constructor(
    private readonly panel: NotebookPanel,
    private readonly server: IFlinklab | null,
    private readonly open: (badge: IBadge) => void,
    private readonly changed: () => void
  ) {
    const { content, context } = panel;
    content.modelContentChanged.connect(this.onContent, this);
    content.modelChanged.connect(this.onContent, this);
    panel.sessionContext.kernelChanged.connect(this.onContent, this);
    context.pathChanged.connect(this.onPath, this);
    server?.live.changed.connect(this.onLive, this);
    panel.disposed.connect(this.dispose, this);
    void context.ready.then(() => {
      this.onContent();
      this.onPath();
    });
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.isDisposed = true;
    clearTimeout(this.drawing);
    clearTimeout(this.asking);
    this.server?.live.changed.disconnect(this.onLive, this);
    for (const badge of this.badges.values()) {
      badge.dispose();
    }
    this.badges.clear();
  }

  private onContent(): void {
    if (this.isDisposed) {
      return;
    }
    // Not later and later: a table that fills changes the notebook all the time.
    this.drawing ??= setTimeout(() => {
      this.drawing = undefined;
      this.draw();
    }, PAUSE);
  }

  private onPath(): void {
    this.ask();
  }

  private onLive(_: unknown, part: LivePart): void {
    if (part === 'jobs' || part === 'status') {
      this.draw();
      const standing = this.versions();
      if (standing !== this.asked) {
        this.ask();
      }
    }
  }

  /** What is shown for each cell. Only cells that are of Flink SQL, or were, cost more than a look at their first line. */
  private draw(): void {
    const { model } = this.panel.content;
    if (this.isDisposed || model === null) {
      return;
    }
    const isMagic = isPython(this.panel);
    const left = new Set(this.badges.keys());
    const names: string[] = [];
    let isChanged = false;
    for (const cell of this.panel.content.widgets) {
      if (cell.model.type !== 'code') {
        continue;
      }
      const source = cell.model.sharedModel.getSource();
      const isOurs = isMagic && isFlink(source);
      if (cell.node.classList.contains('flinklab-cell') !== isOurs) {
        cell.node.classList.toggle('flinklab-cell', isOurs);
        isChanged = true;
      }
      const badge = isOurs ? this.badgeOf(source, cell as CodeCell) : null;
      if (badge !== null) {
        left.delete(cell as CodeCell);
        this.shown(cell as CodeCell).show(badge);
        names.push(jobOf(source));
      }
    }
    for (const cell of left) {
      this.badges.get(cell)?.dispose();
      this.badges.delete(cell);
    }
    const wanted = [...new Set(names.filter(Boolean))].sort();
    if (wanted.join('\n') !== this.names.join('\n')) {
      this.names = wanted;
      this.ask();
    }
    if (isChanged) {
      this.changed();
    }
  }

  private badgeOf(source: string, cell: CodeCell): IBadge | null {
    const { model } = this.panel.content;
    // Below nbformat 4.5 the ids are made anew each time that the notebook is opened.
    const isLasting = (model?.nbformat ?? 0) > 4 || (model?.nbformatMinor ?? 0) >= 5;
    return badgeOf(source, isLasting ? cell.model.sharedModel.getId() : '', this.known());
  }

  private known(): IKnown {
    const live = this.server?.live;
    return {
      jobs: live?.jobs ?? [],
      isComplete: live?.hasJobs ?? false,
      environment: live?.status?.environment ?? '',
      team: live?.status?.team ?? '',
      cells: this.cells
    };
  }

  private shown(cell: CodeCell): Badge {
    let badge = this.badges.get(cell);
    if (badge === undefined) {
      badge = new Badge(cell.node, this.open);
      this.badges.set(cell, badge);
    }
    return badge;
  }

  /** Ask in a while for the jobs' texts: the newest question alone counts. */
  private ask(): void {
    if (this.server === null || this.isDisposed) {
      return;
    }
    const { client } = this.server;
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      this.asked = this.versions();
      const query = { notebook: this.panel.context.localPath, name: this.names.slice(0, 500) };
      const number = ++this.questions;
      client.request<ICellJob[]>('cells', { query }).then(
        cells => {
          if (number === this.questions && !this.isDisposed) {
            this.cells = cells;
            this.draw();
          }
        },
        () => {
          this.asked = ''; // the events say when the server is back, and then it is asked again
        }
      );
    }, QUIET);
  }

  /** The state of all that would make another answer. */
  private versions(): string {
    const { localPath } = this.panel.context;
    const rows = (this.server?.live.jobs ?? []).filter(
      row => this.names.includes(row.name) || row.notebook.endsWith(localPath)
    );
    return JSON.stringify([
      localPath,
      this.names,
      rows.map(row => [row.team, row.environment, row.name, row.version])
    ]);
  }

  private readonly badges = new Map<CodeCell, Badge>();
  private cells: readonly ICellJob[] = [];
  private names: string[] = [];
  private asked = '';
  private questions = 0;
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private asking: ReturnType<typeof setTimeout> | undefined;
  private isDisposed = false;
}
