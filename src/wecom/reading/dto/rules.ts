import { createRequire } from 'node:module';
import type * as ClassValidator from 'class-validator';

type Validator = typeof ClassValidator;
type Rule =
  | 'ArrayMaxSize'
  | 'IsArray'
  | 'IsBoolean'
  | 'IsIn'
  | 'IsInt'
  | 'IsNotIn'
  | 'IsOptional'
  | 'IsString'
  | 'Matches'
  | 'Max'
  | 'MaxLength'
  | 'Min'
  | 'ValidateNested';

/** Of several forms the one that is used here. */
type Arguments<Name extends Rule> = Name extends 'Matches'
  ? [pattern: RegExp, options?: ClassValidator.ValidationOptions]
  : Parameters<Validator[Name]>;

const pending: ((validator: Validator) => void)[] = [];
let loaded: Validator | undefined;

/**
 * class-validator, which knows all rules of this file by then. It is loaded when first something is checked: a third of
 * the time that the front door took to load was its.
 */
export function validator(): Validator {
  loaded ??= createRequire(import.meta.url)('class-validator') as Validator;
  for (const tell of pending.splice(0)) tell(loaded);
  return loaded;
}

/** The decorator of this name in class-validator. */
const rule =
  <Name extends Rule>(name: Name) =>
  (...rest: Arguments<Name>): PropertyDecorator =>
  (target, property) => {
    pending.push((known) => {
      const decorator = known[name] as unknown as (...rest: Arguments<Name>) => PropertyDecorator;
      decorator(...rest)(target, property);
    });
  };

export const ArrayMaxSize = rule('ArrayMaxSize');
export const IsArray = rule('IsArray');
export const IsBoolean = rule('IsBoolean');
export const IsIn = rule('IsIn');
export const IsInt = rule('IsInt');
export const IsNotIn = rule('IsNotIn');
export const IsOptional = rule('IsOptional');
export const IsString = rule('IsString');
export const Matches = rule('Matches');
export const Max = rule('Max');
export const MaxLength = rule('MaxLength');
export const Min = rule('Min');
export const ValidateNested = rule('ValidateNested');
