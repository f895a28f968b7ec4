/** Injection tokens of the service's parts: their types leave no trace at run time. */
export const CONFIG = Symbol('ProductPageConfig');
export const BACKENDS = Symbol('Backends');
export const METRICS = Symbol('RequestMetrics');
