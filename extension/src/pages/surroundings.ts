/** What all parts of a page need from JupyterLab, given down by React. */

import type { IThemeManager } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import { createContext, useContext } from 'react';

import type { Orders } from '../common/orders';
import { Store, useStore } from '../common/store';
import type { Client } from '../server/client';
import type { Live } from '../server/live';

export interface ISurroundings {
  readonly client: Client;
  readonly live: Live;
  readonly orders: Orders;
  readonly commands: CommandRegistry;
  readonly rendermime: IRenderMimeRegistry;
  /** Null where no editor gives colours to SQL. */
  readonly languages: IEditorLanguageRegistry | null;
  /** Its name changes when JupyterLab is drawn in other colours. */
  readonly theme: Store<string>;
  /** Where JupyterLab is served, with a slash at its end. */
  readonly baseUrl: string;
}

export const Surroundings = createContext<ISurroundings | null>(null);

export function useSurroundings(): ISurroundings {
  const found = useContext(Surroundings);
  if (found === null) {
    throw new Error('a part of a page is drawn outside of it');
  }
  return found;
}

/** The theme's name, followed as long as JupyterLab runs. */
export function followTheme(themes: IThemeManager | null): Store<string> {
  const store = new Store(themes?.theme ?? '');
  themes?.themeChanged.connect(() => store.set(themes.theme ?? ''));
  return store;
}

/** Whether the page is in sight: its tab, and the browser's. */
export const InSight = createContext<Store<boolean>>(new Store(true));

export function useInSight(): boolean {
  return useStore(useContext(InSight));
}
