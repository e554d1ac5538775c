import { Input, Table, type TableColumnsType, type TableProps } from 'antd';
import { useDeferredValue, useState, type ReactNode } from 'react';
import type { Listing } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { useNarrow } from './page-header.tsx';

type Order = Pick<Listing, 'sortField' | 'sortOrder'>;

/** Which part of a list is shown, searched for what, in which order; the server pages, searches and sorts. */
export interface Paging {
  readonly page: number;
  readonly pageSize: number;
  readonly order: Order;
  /** As it stands in the field. */
  readonly search: string;
  /** What is asked for: it follows the field as fast as the page can draw. */
  readonly value: string;
  readonly show: (page: number, pageSize: number) => void;
  /** Another list stands in the place of this one. */
  readonly restart: () => void;
  readonly seek: (search: string) => void;
  readonly sort: (order: Order) => void;
}

export function usePaging(rows: number, wanted = ''): Paging {
  const [part, setPart] = useState({ page: 1, pageSize: rows });
  const [order, sort] = useState<Order>({});
  const [search, setSearch] = useState(wanted);
  const value = useDeferredValue(search.trim());
  const restart = (): void => setPart(({ pageSize }) => ({ page: 1, pageSize }));
  return {
    ...part,
    order,
    search,
    value,
    show: (page, pageSize) => setPart({ page, pageSize }),
    restart,
    seek(typed) {
      setSearch(typed);
      restart();
    },
    sort,
  };
}

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly className?: string;
  readonly onChange: (typed: string) => void;
}

export const SearchField = ({ label, onChange, ...props }: SearchFieldProps): ReactNode => (
  <Input.Search
    {...props}
    allowClear
    placeholder={label}
    aria-label={label}
    onChange={(event) => onChange(event.target.value)}
  />
);

interface PagedTableProps<T> extends Omit<TableProps<T>, 'pagination' | 'columns' | 'dataSource' | 'onChange'> {
  readonly rows: readonly T[];
  /** Of the whole list, not of this part. */
  readonly total: number;
  readonly paging: Paging;
  /** One that says `sorter` is sorted by its key. */
  readonly columns: TableColumnsType<T>;
  /** What stands for a row where there is no room for columns. */
  readonly card: (row: T) => ReactNode;
  /** People may choose how long a page is, however short the list. */
  readonly sizes?: boolean;
}

/** One part of a list that the server holds. */
export function PagedTable<T extends object>(props: PagedTableProps<T>): ReactNode {
  const { rows, total, paging, columns, card, sizes = false, ...table } = props;
  const words = useMessages();
  const formats = useFormats();
  const narrow = useNarrow();
  const { sortField, sortOrder } = paging.order;
  return (
    <Table<T>
      {...table}
      columns={
        narrow
          ? [{ key: 'card', render: (_, row) => card(row) }]
          : columns.map((column) =>
              column.sorter ? { ...column, sortOrder: column.key === sortField ? (sortOrder ?? null) : null } : column,
            )
      }
      dataSource={rows}
      showHeader={!narrow}
      pagination={{
        current: paging.page,
        pageSize: paging.pageSize,
        total,
        ...(sizes ? { showSizeChanger: true } : { hideOnSinglePage: true }),
        showTotal: (count) => words.total(formats.number(count)),
        onChange: paging.show,
      }}
      onChange={(_pages, _filters, sorter) => {
        const [by] = [sorter].flat();
        paging.sort(by?.order ? { sortField: String(by.columnKey), sortOrder: by.order } : {});
      }}
    />
  );
}
