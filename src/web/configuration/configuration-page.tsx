import { useState, type ReactNode } from 'react';
import { isGlobal, useSession } from '../api/session.ts';
import { useMessages } from '../language/language.ts';
import { OrganizationSelect, useChosenOrganization } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { ApplyPanel } from './apply-panel.tsx';
import { DriftPanel } from './drift-panel.tsx';
import { ExportPanel } from './export-panel.tsx';
import './configuration-page.css';

/** Syncers and protections as a text: written out, compared, applied, and what was changed by hand since. */
export function ConfigurationPage(): ReactNode {
  const words = useMessages().configuration;
  const account = useSession();
  const [organization, choose] = useChosenOrganization();
  const [yaml, setYaml] = useState('');
  const edit = (text: string): void => {
    setYaml(text);
    document.getElementById('change')?.scrollIntoView({ block: 'start' });
  };
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={
          <OrganizationSelect
            withoutBuiltIn
            value={organization}
            {...(isGlobal(account) ? { all: words.allOrganizations } : {})}
            onChange={choose}
          />
        }
      />
      <DriftPanel organization={organization} />
      <ExportPanel organization={organization} edit={edit} />
      <div id="change">
        <ApplyPanel yaml={yaml} setYaml={setYaml} />
      </div>
    </>
  );
}
