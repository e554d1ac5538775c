import { useEffect, type ReactNode } from 'react';
import { useBlocker } from 'react-router';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';

/**
 * Asks before a page with unsaved changes is left, by link, by the back button, or by closing the tab.
 *
 * @param isDirty asked at the moment of leaving: saving itself leads away too
 */
export function UnsavedGuard({ isDirty }: { readonly isDirty: () => boolean }): ReactNode {
  const words = useMessages().form;
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isDirty() && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (isDirty()) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isDirty]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Dialog
      title={words.leaveTitle}
      confirm={words.leave}
      cancel={words.stay}
      danger
      onConfirm={() => blocker.proceed()}
      onCancel={() => blocker.reset()}
    >
      <p>{words.leaveText}</p>
    </Dialog>
  );
}
