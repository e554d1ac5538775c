import { Button, Form, Input, Select, Switch, type FormInstance } from 'antd';
import { useCallback, useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { FormFieldJson, MappingTrialJson, SyncerTypeJson } from '../../host/api.ts';
import { testSyncer, tryMapping, type SyncerPatch } from '../api/calls.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';
import { OrganizationInput, OrganizationSelect } from '../parts/organization-select.tsx';
import { ConnectionTest } from './connection-test.tsx';
import { MemberTrial } from './trial/member-trial.tsx';
import { DirectorySourceContext, type DirectorySource } from '../directory/directory-source.ts';
import { ParentGroupField } from './scope/parent-group-field.tsx';
import { SafetyFields } from './safety-fields.tsx';
import { NextRuns } from './schedule/next-runs.tsx';
import { FreezeFields, ScheduleFields } from './schedule/schedule-fields.tsx';
import { Section } from './section.tsx';
import { SelfServiceFields } from '../self-service/self-service-fields.tsx';
import { refusedField, withStoredSecrets, type SyncerValues } from './syncer-values.ts';
import { TypeField } from './type-field.tsx';
import { UnsavedGuard } from './unsaved-guard.tsx';
import './syncer-form.css';

interface SyncerFormProps {
  readonly types: readonly SyncerTypeJson[];
  readonly initial: SyncerValues;
  /** Saved before: then it can be tried on a member, and stays in its organization. */
  readonly saved: boolean;
  /** Whether its directory may be asked before anybody asks for it. */
  readonly isReady: boolean;
  /** Stores the values and answers where the syncer is found from then on. */
  readonly save: (values: SyncerValues) => Promise<string>;
}

type Place = 'connection' | 'safety' | 'scope' | 'mapping';

const SCOPE_KINDS: ReadonlySet<FormFieldJson['kind']> = new Set(['departments', 'tags', 'users', 'expression']);

/** Where a field of the type belongs in the form. */
function placeOf({ name, kind }: FormFieldJson): Place {
  if (kind === 'mapping') return 'mapping';
  if (name.startsWith('scope.') || SCOPE_KINDS.has(kind)) return 'scope';
  return kind === 'select' || kind === 'boolean' ? 'safety' : 'connection';
}

export function SyncerForm({ types, initial, saved, isReady, save }: SyncerFormProps): ReactNode {
  const words = useMessages();
  const form = useSyncerForm(initial, types, save);
  const { title, can } = form.type ?? UNKNOWN_TYPE;
  const directory: DirectorySource = {
    canList: can.choices,
    isReady,
    check: form.checkConnection,
    connection: () => ({ ...form.connection(), ...(saved && { name: initial.name }) }),
  };
  return (
    <Form<SyncerValues>
      form={form.instance}
      layout="vertical"
      className="syncer-form"
      initialValues={initial}
      scrollToFirstError={{ block: 'center', focus: true }}
      onValuesChange={form.noteChange}
      onFinish={() => void form.submit()}
    >
      <UnsavedGuard isDirty={form.isDirty} />
      <BasicsSection types={types} saved={saved} />
      <Section title={words.form.connection} lead={words.form.connectionLead(title)}>
        <Fields fields={form.fieldsAt('connection')} />
        {saved && <p className="quiet">{words.form.stored}</p>}
        <ConnectionTest test={form.test} />
      </Section>
      <Section title={words.form.schedule} lead={words.form.scheduleLead}>
        <ScheduleFields roster={form.rosterSecret} />
        {saved && <NextRuns organization={initial.organization} name={initial.name} timeZone={initial.timeZone} />}
      </Section>
      <Section title={words.form.safety} lead={words.form.safetyLead}>
        <Fields fields={form.fieldsAt('safety')} />
        <SafetyFields />
        <FreezeFields />
      </Section>
      {(can.groups || form.fieldsAt('scope').length > 0) && (
        <Section title={words.form.scope} lead={words.form.scopeLead}>
          <DirectorySourceContext value={directory}>
            <Fields fields={form.fieldsAt('scope')} />
          </DirectorySourceContext>
          {can.groups && <GroupFields />}
        </Section>
      )}
      {form.fieldsAt('mapping').length > 0 && (
        <Section title={words.form.mapping} lead={words.form.mappingLead(title)}>
          <Fields fields={form.fieldsAt('mapping')} />
        </Section>
      )}
      {form.asking && (
        <Section title={words.selfService.section} lead={words.selfService.sectionLead}>
          <SelfServiceFields asking={form.asking} saved={saved} />
        </Section>
      )}
      {can.oneMember && (
        <Section title={words.form.trial} lead={words.form.trialLead}>
          <MemberTrial
            organization={initial.organization}
            name={initial.name}
            tryMapping={form.tryMapping}
            isStored={saved && !form.dirty}
          />
        </Section>
      )}
      <FormBar dirty={form.dirty} saving={form.saving} />
    </Form>
  );
}

/** Stored by a host that knew more types. */
const UNKNOWN_TYPE = { title: '–', can: { groups: false, oneMember: false, choices: false } };

interface SyncerFormState {
  readonly type: SyncerTypeJson | undefined;
  readonly instance: FormInstance<SyncerValues>;
  /** As it is drawn; `isDirty` is as it is. */
  readonly dirty: boolean;
  readonly isDirty: () => boolean;
  readonly saving: boolean;
  readonly fieldsAt: (place: Place) => readonly FormFieldJson[];
  readonly noteChange: () => void;
  readonly submit: () => Promise<void>;
  /** The field of the secret without which there are no roster checks; undefined: this type has none. */
  readonly rosterSecret: FormFieldJson | undefined;
  /** The field with which members are asked; undefined: members of this type are not. */
  readonly asking: FormFieldJson | undefined;
  /** What decides which directory is asked. */
  readonly connection: () => SyncerPatch;
  readonly checkConnection: () => Promise<boolean>;
  readonly test: () => Promise<Awaited<ReturnType<typeof testSyncer>> | undefined>;
  readonly tryMapping: (userid: string) => Promise<MappingTrialJson>;
}

function useSyncerForm(
  initial: SyncerValues,
  types: readonly SyncerTypeJson[],
  save: SyncerFormProps['save'],
): SyncerFormState {
  const { problem } = useNotices();
  const navigate = useNavigate();
  const [form] = Form.useForm<SyncerValues>();
  const [dirty, setDirty] = useState(false);
  const [saving, setSaving] = useState(false);
  // Read while leaving, when a state that was just set is not yet drawn.
  const dirtyNow = useRef(false);
  const start = useRef(JSON.stringify(initial));
  const isDirty = useCallback(() => dirtyNow.current, []);
  const typeName = Form.useWatch('type', form) ?? initial.type;
  const type = types.find((known) => known.type === typeName);
  const fieldsAt = (place: Place): readonly FormFieldJson[] =>
    (type?.fields ?? []).filter((field) => placeOf(field) === place);

  const mark = (value: boolean): void => {
    dirtyNow.current = value;
    setDirty(value);
  };
  const values = (): SyncerValues => ({ ...initial, ...form.getFieldsValue(true) });

  /** A refusal names its field as the contract does, and is told there, too. */
  const markRefused = (error: unknown): string[] | undefined => {
    if (!(error instanceof Error)) return undefined;
    const name = refusedField(error.message, type);
    if (name === undefined) return;
    const path = name.split('.');
    form.setFields([{ name: path, errors: [error.message] }]);
    return path;
  };

  const submit = async (): Promise<void> => {
    setSaving(true);
    try {
      const entered = values();
      const address = await save(entered);
      const stored = withStoredSecrets(entered, type);
      start.current = JSON.stringify(stored);
      form.setFieldsValue(stored);
      mark(false);
      await navigate(address);
    } catch (error) {
      problem(error);
      const path = markRefused(error);
      if (path) form.scrollToField(path, { block: 'center' });
    } finally {
      setSaving(false);
    }
  };

  const connection = (): SyncerPatch => {
    const { organization, name, type: kind, ...others } = values();
    const roots = new Set(fieldsAt('connection').map((field) => field.name.split('.', 1)[0]));
    const settings = Object.entries(others).filter(([key]) => roots.has(key));
    return { ...Object.fromEntries(settings), organization, name, type: kind };
  };

  const checkConnection = async (): Promise<boolean> => {
    try {
      await form.validateFields(fieldsAt('connection').map(({ name }) => name.split('.')));
      return true;
    } catch {
      // The fields themselves say what they miss.
      return false;
    }
  };

  const test = async () => ((await checkConnection()) ? testSyncer(values()) : undefined);

  const tryOn = async (userid: string) => {
    try {
      return (await tryMapping(values(), userid)).content;
    } catch (error) {
      markRefused(error);
      throw error;
    }
  };

  const noteChange = (): void => mark(JSON.stringify(values()) !== start.current);
  return {
    type,
    instance: form,
    dirty,
    isDirty,
    saving,
    fieldsAt,
    noteChange,
    submit,
    rosterSecret: type?.fields.find(({ listsMembers }) => listsMembers),
    asking: type?.fields.find(({ asksMembers }) => asksMembers),
    connection,
    checkConnection,
    test,
    tryMapping: tryOn,
  };
}

function BasicsSection({ types, saved }: Pick<SyncerFormProps, 'types' | 'saved'>): ReactNode {
  const words = useMessages().form;
  return (
    <Section title={words.basics} lead={words.basicsLead}>
      <OrganizationItem saved={saved} />
      <Form.Item
        name="name"
        label={words.name}
        extra={words.nameHelp}
        rules={[{ required: true, whitespace: true, message: words.fieldNeeded(words.name) }]}
      >
        <Input maxLength={100} autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="type" label={words.type}>
        <Select options={types.map((known) => ({ value: known.type, label: known.title }))} />
      </Form.Item>
      <SwitchItem name="isEnabled" label={words.enabled} help={words.enabledHelp} />
    </Section>
  );
}

interface SwitchItemProps {
  readonly name: string;
  readonly label: string;
  readonly help: string;
}

const SwitchItem = ({ name, label, help }: SwitchItemProps): ReactNode => (
  <Form.Item name={name} label={label} extra={help} valuePropName="checked">
    <Switch />
  </Form.Item>
);

function GroupFields(): ReactNode {
  const words = useMessages().form;
  return (
    <>
      <SwitchItem name="syncGroups" label={words.syncGroups} help={words.syncGroupsHelp} />
      <ParentGroupField />
    </>
  );
}

function FormBar({ dirty, saving }: Pick<SyncerFormState, 'dirty' | 'saving'>): ReactNode {
  const words = useMessages();
  const navigate = useNavigate();
  return (
    <div className="form-bar">
      <span role="status">{dirty ? words.form.unsaved : ''}</span>
      <Button onClick={() => void navigate('/syncers')}>{words.cancel}</Button>
      <Button type="primary" htmlType="submit" loading={saving}>
        {words.save}
      </Button>
    </div>
  );
}

const Fields = ({ fields }: { readonly fields: readonly FormFieldJson[] }): ReactNode =>
  fields.map((field) => <TypeField key={field.name} field={field} />);

function OrganizationItem({ saved }: { readonly saved: boolean }): ReactNode {
  const words = useMessages().form;
  return (
    <Form.Item
      name="organization"
      label={words.organization}
      extra={saved ? undefined : words.organizationHelp}
      rules={[{ required: true, message: words.fieldNeeded(words.organization) }]}
    >
      <OrganizationField disabled={saved} />
    </Form.Item>
  );
}

interface OrganizationFieldProps {
  readonly disabled: boolean;
  // Given by Form.Item.
  readonly id?: string;
  readonly value?: string;
  readonly onChange?: (organization: string) => void;
}

function OrganizationField({ disabled, id, value = '', onChange = () => {} }: OrganizationFieldProps): ReactNode {
  const named = id === undefined ? {} : { id };
  if (disabled) return <Input {...named} value={value} disabled />;
  if (IS_MOUNTED) return <OrganizationInput {...named} value={value} onChange={onChange} />;
  return <OrganizationSelect {...named} value={value} withoutBuiltIn onChange={onChange} />;
}
