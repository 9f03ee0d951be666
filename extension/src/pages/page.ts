/** A page of the main area that React draws, and that knows whether it is in sight. */

import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { createElement } from 'react';
import type { FunctionComponent } from 'react';

import { Store } from '../common/store';
import { InSight, Surroundings } from './surroundings';
import type { ISurroundings } from './surroundings';

/** What a page keeps over a reload of the browser, beside what it is about. */
export interface IPageState {
  section: string;
  since: string;
}

export interface IPageProps {
  state: IPageState;
  onState: (state: IPageState) => void;
}

export class Page extends ReactWidget {
  constructor(
    private readonly surroundings: ISurroundings,
    private readonly content: FunctionComponent<IPageProps>,
    readonly state: Store<IPageState>
  ) {
    super();
    this.addClass('flinklab-Page');
    this.node.tabIndex = -1;
    document.addEventListener('visibilitychange', this.look);
    this.state.subscribe(() => this.update());
  }

  override dispose(): void {
    if (!this.isDisposed) {
      document.removeEventListener('visibilitychange', this.look);
      super.dispose();
    }
  }

  protected render(): React.JSX.Element {
    const props = {
      state: this.state.value,
      onState: (state: IPageState) => this.state.set(state)
    };
    return createElement(
      Surroundings.Provider,
      { value: this.surroundings },
      createElement(InSight.Provider, { value: this.inSight }, createElement(this.content, props))
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.look();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.look();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.look();
  }

  protected override onBeforeDetach(message: Message): void {
    this.inSight.set(false);
    super.onBeforeDetach(message);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus({ preventScroll: true });
  }

  private readonly look = () => this.inSight.set(this.isVisible && !document.hidden);
  private readonly inSight = new Store(false);
}
