import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { isIP } from 'node:net';
import { type FastifyRequest } from 'fastify';
import { type ControlPlane } from '../control-plane';
import { isAdmin } from './admin-token';
import { CONTROL_PLANE } from './tokens';

/**
 * Reads are open to whoever reaches the port; writes need the admin token. A browser led here by a name that an
 * attacker points at this machine is turned away by its Host, one on another site by its Origin.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  readonly #controlPlane: ControlPlane;

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers, method } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!isLocalName(hostOf(headers.host)))
      throw new ForbiddenException({ message: `Cannot answer for host ${JSON.stringify(headers.host)}` });
    const { origin } = headers;
    if (origin !== undefined && !isLocalName(originHost(origin)))
      throw new ForbiddenException({ message: `Cannot answer for origin ${JSON.stringify(origin)}` });
    if (method === 'GET' || method === 'HEAD') return true;
    if (isAdmin(this.#controlPlane.adminTokenFile, headers.authorization)) return true;
    throw new UnauthorizedException({
      message: 'Cannot change anything without the admin token: send "Authorization: Bearer $(cat STATE/admin-token)"',
    });
  }
}

function hostOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname.replace(/^\[|\]$/g, '') : '';
}

/** An address, or localhost: rebinding needs a name of the attacker's. */
function isLocalName(host: string): boolean {
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost');
}
