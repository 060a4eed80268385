// The portable mathematics as a WASM module: the tests check that both languages give the same bits.
export { ln, exp, power } from './portable/math';
