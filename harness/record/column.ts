/** A column of a CSV file. */
export interface Column<Name extends string = string> {
  readonly name: Name;
  /** Empty for text and plain numbers. */
  readonly unit: string;
  readonly type: 'text' | 'integer' | 'number';
  readonly description: string;
  /** When the field is empty; '' where it never is. */
  readonly empty: string;
}
