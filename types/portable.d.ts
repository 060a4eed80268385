/** AssemblyScript's number types, so that assembly/portable/ is one source for both compilers. */
type f64 = number;
type i32 = number;
