import { Grid } from 'antd';

/** A phone, or a window as narrow as one. */
export const useNarrow = (): boolean => Grid.useBreakpoint().md === false;
