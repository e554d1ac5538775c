import { useId, type ReactNode } from 'react';

/** One subject of the form: what it is about on the left, its fields on the right. */
export function Section(props: {
  readonly title: string;
  readonly lead?: string;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section className="form-section" aria-labelledby={id}>
      <div className="form-section-text">
        <h2 id={id}>{props.title}</h2>
        {props.lead !== undefined && <p>{props.lead}</p>}
      </div>
      <div className="form-section-fields">{props.children}</div>
    </section>
  );
}
