/** The line above a cell that is a managed job: its name, state and version; a click opens the job's page. */

import { toneOfJob } from '../common/states';
import type { IBadge } from './known_jobs';

/** What a badge says, in its parts. */
export function wordsOf(badge: IBadge): string[] {
  if (badge.state === null) {
    return [badge.name, badge.isMissing ? 'not promoted' : 'not known'];
  }
  const { version, newest } = badge;
  const number = newest > version ? `version ${version}, ${newest} promoted` : `version ${version}`;
  const words = [badge.name, badge.state, number];
  return badge.edited ? [...words, 'edited since promoted'] : words;
}

/** The button of one cell, at the top of the cell's own node. */
export class Badge {
  constructor(
    private readonly host: HTMLElement,
    private readonly open: (badge: IBadge) => void
  ) {
    this.node.className = 'flinklab-Badge';
    this.node.type = 'button';
    this.dot.className = 'flinklab-Dot';
    this.dot.setAttribute('aria-hidden', 'true');
    this.node.append(this.dot, this.text);
    this.node.addEventListener('click', this.onClick);
    // JupyterLab takes a press on a cell for a choice of the cell, and would move the focus.
    this.node.addEventListener('mousedown', stop);
    host.prepend(this.node);
  }

  show(badge: IBadge): void {
    // A cell that is drawn after it got its badge has put its parts before it.
    if (this.host.firstElementChild !== this.node) {
      this.host.prepend(this.node);
    }
    const words = wordsOf(badge).join(' · ');
    this.shown = badge;
    if (this.text.textContent !== words) {
      this.text.textContent = words;
      this.node.setAttribute('aria-label', `Managed job ${words}`);
    }
    this.dot.dataset.tone = badge.state === null ? 'none' : toneOfJob(badge.state);
    this.node.dataset.state = badge.state ?? '';
    this.node.toggleAttribute('data-edited', badge.edited);
    this.node.title = badge.remark;
    this.node.disabled = badge.key === null;
  }

  dispose(): void {
    this.node.remove();
  }

  private readonly onClick = (): void => {
    if (this.shown !== null) {
      this.open(this.shown);
    }
  };

  private readonly node = document.createElement('button');
  private readonly dot = document.createElement('span');
  private readonly text = document.createElement('span');
  private shown: IBadge | null = null;
}

function stop(event: Event): void {
  event.stopPropagation();
}
