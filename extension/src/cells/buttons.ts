/**
 * The buttons in the toolbar of a Flink cell.
 *
 * Plain ones: JupyterLab's own are a web component drawn by React each, and five of them took longer than all else that
 * happens here when a notebook is opened.
 */

import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { CHECK, EXPLAIN, PROMOTE, RUN, STOP } from './commands';

/** By the names that `schema/cells.json` gives the toolbar's items. */
const ITEMS = {
  'flinklab-run': RUN,
  'flinklab-check': CHECK,
  'flinklab-explain': EXPLAIN,
  'flinklab-promote': PROMOTE,
  'flinklab-stop': STOP
};

export function addButtons(registry: IToolbarWidgetRegistry, commands: CommandRegistry): void {
  for (const [name, command] of Object.entries(ITEMS)) {
    registry.addFactory('Cell', name, () => new CommandButton(commands, command));
  }
}

/** A button that is there, and can be pressed, when its command is and can be run. */
export class CommandButton extends Widget {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly command: string
  ) {
    super({ node: document.createElement('button') });
    this.button.type = 'button';
    this.addClass('flinklab-CellButton');
    const label = commands.label(command);
    const keys = commands.keyBindings.find(each => each.command === command)?.keys ?? [];
    const caption = commands.caption(command) || label;
    this.button.title =
      keys.length > 0 ? `${caption} (${CommandRegistry.formatKeystroke(keys)})` : caption;
    this.button.setAttribute('aria-label', label);
    const picture = document.createElement('span');
    commands.icon(command)?.render(picture);
    this.button.append(picture);
    commands.commandChanged.connect(this.onChanged, this);
    this.refresh();
  }

  override dispose(): void {
    this.commands.commandChanged.disconnect(this.onChanged, this);
    super.dispose();
  }

  handleEvent(event: Event): void {
    if (event.type === 'click') {
      void this.commands.execute(this.command);
    } else if ((event as MouseEvent).button === 0) {
      event.preventDefault(); // the focus stays in the cell
    }
  }

  protected override onAfterAttach(): void {
    this.button.addEventListener('click', this);
    this.button.addEventListener('mousedown', this);
  }

  protected override onBeforeDetach(): void {
    this.button.removeEventListener('click', this);
    this.button.removeEventListener('mousedown', this);
  }

  private onChanged(_: CommandRegistry, { id }: CommandRegistry.ICommandChangedArgs): void {
    if (id === undefined || id === this.command) {
      this.refresh();
    }
  }

  private refresh(): void {
    this.setHidden(!this.commands.isVisible(this.command));
    this.button.disabled = !this.commands.isEnabled(this.command);
  }

  private get button(): HTMLButtonElement {
    return this.node as HTMLButtonElement;
  }
}
