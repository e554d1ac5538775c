import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enGB from 'antd/locale/en_GB';
import zhCN from 'antd/locale/zh_CN';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { RouterProvider } from 'react-router';
import { NotAllowed, Refused, speak } from './api/request.ts';
import {
  AppearanceContext,
  keepAppearance,
  keptAppearance,
  themeOf,
  useSystemDark,
  type Appearance,
} from './frame/appearance.ts';
import { keepLanguage, LanguageContext, LOCALES, preferredLanguage, type Language } from './language/language.ts';
import { router } from './routes.tsx';

const queries = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended is noticed at the next call; asking for the account leads to the sign-in page.
    onError(error) {
      if (error instanceof NotAllowed) void queries.invalidateQueries({ queryKey: ['account'] });
    },
  }),
  defaultOptions: { queries: { retry: (failures, error) => !(error instanceof Refused) && failures < 2 } },
});

/** The host puts a fresh one into every answer. */
const NONCE = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

function useLanguageChoice() {
  const [language, setLanguage] = useState<Language>(preferredLanguage);
  // Before the first call goes out, and before anything is drawn anew.
  speak(language);
  useEffect(() => {
    document.documentElement.lang = LOCALES[language];
  }, [language]);
  return useMemo(
    () => ({
      language,
      choose(chosen: Language) {
        keepLanguage(chosen);
        speak(chosen);
        setLanguage(chosen);
        // Sentences of the server are in the language of the request.
        void queries.invalidateQueries();
      },
    }),
    [language],
  );
}

function useAppearanceChoice() {
  const [appearance, setAppearance] = useState<Appearance>(keptAppearance);
  const systemDark = useSystemDark();
  const dark = appearance === 'system' ? systemDark : appearance === 'dark';
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  }, [dark]);
  const choice = useMemo(
    () => ({
      appearance,
      choose(chosen: Appearance) {
        keepAppearance(chosen);
        setAppearance(chosen);
      },
    }),
    [appearance],
  );
  return { choice, theme: useMemo(() => themeOf(dark), [dark]) };
}

export function App(): ReactNode {
  const language = useLanguageChoice();
  const { choice, theme } = useAppearanceChoice();
  return (
    <QueryClientProvider client={queries}>
      <LanguageContext value={language}>
        <AppearanceContext value={choice}>
          <ConfigProvider
            theme={theme}
            locale={language.language === 'zh' ? zhCN : enGB}
            csp={{ nonce: NONCE }}
            button={{ autoInsertSpace: false }}
          >
            <AntApp
              className="app"
              message={{ top: 72 }}
              notification={{ placement: 'topRight', top: 72, maxCount: 3 }}
            >
              <RouterProvider router={router} />
            </AntApp>
          </ConfigProvider>
        </AppearanceContext>
      </LanguageContext>
    </QueryClientProvider>
  );
}
