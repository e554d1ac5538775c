import { createContext, use } from 'react';
import { english, type Messages } from './english.ts';
import { chinese } from './chinese.ts';

export type Language = 'en' | 'zh';

export const MESSAGES: Readonly<Record<Language, Messages>> = { en: english, zh: chinese };

/** For Intl and for the `lang` of the document. */
export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };

/** What is kept is the whole origin's, and so may be another page's. */
const KEPT_AS = 'wecom-syncer.language';

/** The choice of the person, else the first language of the browser. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const keepLanguage = (language: Language): void => localStorage.setItem(KEPT_AS, language);

export interface LanguageChoice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

export const LanguageContext = createContext<LanguageChoice>({ language: 'en', choose: () => {} });

export const useLanguage = (): LanguageChoice => use(LanguageContext);

/** The sentences of the page in the chosen language. */
export const useMessages = (): Messages => MESSAGES[useLanguage().language];
