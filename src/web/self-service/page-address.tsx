import { CopyOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { PREFIX } from '../api/place.ts';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';
import './page-address.css';

/** The members' own page, as this browser reaches the host. */
export const memberPageAddress = (organization: string, name: string): string =>
  `${location.origin}${PREFIX}/me/${encodeURIComponent(organization)}/${encodeURIComponent(name)}`;

/** An address that is pasted elsewhere. */
export function PageAddress({ address }: { readonly address: string }): ReactNode {
  const words = useMessages();
  const { done, problem } = useNotices();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(address);
      done(words.copied);
    } catch (error) {
      problem(error);
    }
  };
  return (
    <div className="page-address">
      <code>{address}</code>
      {/* Browsers offer the clipboard only to pages from https or this machine. */}
      {isSecureContext && (
        <Button size="small" icon={<CopyOutlined aria-hidden />} onClick={() => void copy()}>
          {words.copy}
        </Button>
      )}
    </div>
  );
}
