/** What the admin controllers are given; injected by name because bundles carry no type metadata. */
export const CONTROL_PLANE = Symbol('CONTROL_PLANE');
