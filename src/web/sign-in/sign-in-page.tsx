import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Spin } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { getSignIn, signIn } from '../api/calls.ts';
import { Preferences } from '../frame/preferences.tsx';
import { useMessages } from '../language/language.ts';
import { Logo } from '../parts/logo.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/notices.ts';
import './sign-in-page.css';

interface Credentials {
  readonly organization: string;
  readonly username: string;
  readonly password: string;
}

/** Only a path of this site: a link must not send people elsewhere after they signed in. */
const safePath = (next: string | null): string => (next && /^\/(?![/\\])/.test(next) ? next : '/syncers');

/** In front of the pages: this host's own sign-in, or the way to that of an IAM beside it. */
export function SignInPage(): ReactNode {
  const words = useMessages();
  const signIn = useQuery({ queryKey: ['sign-in'], queryFn: async () => (await getSignIn()).content });
  useEffect(() => {
    document.title = `${words.signIn.title} · ${words.product}`;
  }, [words]);
  return (
    <main className="sign-in">
      <div className="sign-in-corner">
        <Preferences />
      </div>
      <div className="sign-in-card">
        <Logo size={44} />
        <h1>{words.product}</h1>
        <p className="page-lead">{words.tagline}</p>
        {signIn.isPending && <Spin aria-label={words.loading} />}
        {signIn.isError && <Problem error={signIn.error} retry={() => void signIn.refetch()} />}
        {signIn.data === '' && <SignInForm />}
        {signIn.data && <SignInElsewhere address={signIn.data} />}
      </div>
    </main>
  );
}

function SignInElsewhere({ address }: { readonly address: string }): ReactNode {
  const words = useMessages().signIn;
  return (
    <>
      <p>{words.atIamHint}</p>
      <Button type="primary" size="large" block href={address}>
        {words.atIam}
      </Button>
    </>
  );
}

function SignInForm(): ReactNode {
  const words = useMessages();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();

  const submit = async ({ organization, username, password }: Credentials): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await signIn(organization.trim(), username.trim(), password);
      queries.clear();
      await navigate(safePath(query.get('next')), { replace: true });
    } catch (error) {
      setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };

  const required = (field: string) => [{ required: true, whitespace: true, message: words.signIn.required(field) }];
  return (
    <>
      {refusal !== undefined && <Alert type="error" showIcon role="alert" title={refusal} />}
      <Form<Credentials>
        layout="vertical"
        requiredMark={false}
        size="large"
        initialValues={{ organization: 'built-in' }}
        onFinish={(credentials) => void submit(credentials)}
      >
        <Form.Item name="organization" label={words.signIn.organization} rules={required(words.signIn.organization)}>
          <Input autoComplete="organization" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="username" label={words.signIn.username} rules={required(words.signIn.username)}>
          <Input autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
        </Form.Item>
        <Form.Item
          name="password"
          label={words.signIn.password}
          rules={[{ required: true, message: words.signIn.required(words.signIn.password) }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {words.signIn.submit}
        </Button>
      </Form>
    </>
  );
}
