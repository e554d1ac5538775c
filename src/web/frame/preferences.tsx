import { BulbOutlined, DesktopOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Dropdown, Flex } from 'antd';
import type { ReactNode } from 'react';
import { useLanguage, useMessages } from '../language/language.ts';
import { useAppearance } from './appearance.ts';

/** Language and appearance, for everybody, signed in or not. */
export function Preferences(): ReactNode {
  const words = useMessages().preferences;
  const { language, choose } = useLanguage();
  const appearance = useAppearance();
  return (
    <Flex gap={4} align="center">
      <Button
        type="text"
        lang={language === 'en' ? 'zh' : 'en'}
        aria-label={words.switchLanguageHint}
        onClick={() => choose(language === 'en' ? 'zh' : 'en')}
      >
        {words.switchLanguage}
      </Button>
      <Dropdown
        trigger={['click']}
        menu={{
          selectable: true,
          selectedKeys: [appearance.appearance],
          items: [
            {
              key: 'system',
              icon: <DesktopOutlined aria-hidden />,
              label: words.system,
              onClick: () => appearance.choose('system'),
            },
            {
              key: 'light',
              icon: <SunOutlined aria-hidden />,
              label: words.light,
              onClick: () => appearance.choose('light'),
            },
            {
              key: 'dark',
              icon: <MoonOutlined aria-hidden />,
              label: words.dark,
              onClick: () => appearance.choose('dark'),
            },
          ],
        }}
      >
        <Button type="text" icon={<BulbOutlined aria-hidden />} aria-label={words.appearance} />
      </Dropdown>
    </Flex>
  );
}
