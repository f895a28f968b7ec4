import { type RequestView, type Route, type RouteConfig, type VirtualHost } from './model';
import { type Random } from '@lateen/base';

/** Compiled routes: the same cost at ten routes and at ten thousand. */
export interface RouteTable {
  readonly name: string;
  readonly virtualHosts: readonly VirtualHost[];
  /** The virtual host of a Host header, or undefined (404 with flag `NR`). */
  virtualHostFor(authority: string): VirtualHost | undefined;
  /** The first route that matches, or undefined (404 with flag `NR`). `random` decides runtime fractions. */
  match(request: RequestView, random: Random): Route | undefined;
}

/** Compiles a route configuration. Throws a RangeError that names a domain two virtual hosts share. */
export function compileRouteTable(config: RouteConfig): RouteTable {
  throw new Error(`Cannot compile ${config.name}`);
}
