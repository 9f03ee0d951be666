/** A section of the panel: drawn when it first comes into sight, quiet while it is out of it. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { Store, useStore } from '../common/store';
import type { IContext } from './context';

export type SectionView = (props: { context: IContext }) => React.JSX.Element;

export class Section extends ReactWidget {
  /** `ready`: becomes true when it is known what was open before. */
  constructor(
    title: string,
    private readonly view: SectionView,
    context: Omit<IContext, 'shown'>,
    private readonly ready: Store<boolean>
  ) {
    super();
    this.id = `flinklab-section-${title.toLowerCase()}`;
    this.addClass('flinklab-Section');
    this.title.label = title;
    this.context = { ...context, shown: this.shown };
  }

  protected override render(): React.JSX.Element {
    return <Once view={this.view} context={this.context} ready={this.ready} />;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.shown.set(true);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.shown.set(this.isVisible);
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.shown.set(false);
  }

  private readonly shown = new Store(false);
  private readonly context: IContext;
}

/** Nothing until the section was in sight once; from then on its view, which keeps what it knows. */
function Once(props: {
  view: SectionView;
  context: IContext;
  ready: Store<boolean>;
}): React.JSX.Element | null {
  const isReady = useStore(props.ready);
  const isShown = useStore(props.context.shown);
  const [was, setWas] = React.useState(false);
  if (isReady && isShown && !was) {
    setWas(true);
  }
  return was ? <props.view context={props.context} /> : null;
}
