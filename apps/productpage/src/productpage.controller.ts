import { Body, Controller, Get, Header, Headers, HttpCode, HttpException, Inject, Param, Post, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type IncomingHttpHeaders } from 'node:http';
import { type Backends } from './backends';
import { type ProductPageConfig } from './config';
import { outgoingHeaders } from './outgoing-headers';
import { indexPage } from './page/index-page';
import { productPage } from './page/product-page';
import { PRODUCTS } from './products';
import { type RequestMetrics } from './request-metrics';
import { cleanUser, signedIn, signedOut, userOf } from './session';
import { ASSETS } from './static/assets';
import { BACKENDS, CONFIG, METRICS } from './tokens';

const HTML = 'text/html; charset=utf-8';

/** What a browser asks for. */
@Controller()
export class ProductPageController {
  constructor(
    @Inject(CONFIG) private readonly config: ProductPageConfig,
    @Inject(BACKENDS) private readonly backends: Backends,
    @Inject(METRICS) private readonly metrics: RequestMetrics,
  ) {}

  @Get(['', 'index.html'])
  @Header('content-type', HTML)
  index(@Headers('cookie') cookie: string | undefined): string {
    return indexPage(userOf(cookie, this.config.sessionKey));
  }

  @Get('health')
  @Header('content-type', 'text/plain; charset=utf-8')
  health(): string {
    return 'Product page is healthy';
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  prometheus(): string {
    return this.metrics.render();
  }

  @Get('productpage')
  @Header('content-type', HTML)
  @Header('cache-control', 'no-store')
  async productPage(@Headers() headers: IncomingHttpHeaders): Promise<string> {
    const [product] = PRODUCTS;
    if (product === undefined) throw new Error('The shop has no products');
    const outgoing = outgoingHeaders(headers, this.config.sessionKey);
    const [details, reviews] = await Promise.all([
      this.backends.details(String(product.id), outgoing),
      this.backends.reviews(String(product.id), outgoing),
    ]);
    return productPage({ product, user: userOf(headers.cookie, this.config.sessionKey), details, reviews });
  }

  @Post('login')
  @HttpCode(302)
  login(@Body() form: unknown, @Headers() headers: IncomingHttpHeaders, @Res({ passthrough: true }) reply: FastifyReply): void {
    const typed = typeof form === 'object' && form !== null && 'username' in form ? form.username : undefined;
    const user = cleanUser(typed);
    if (user !== undefined) reply.header('set-cookie', signedIn(user, this.config.sessionKey));
    reply.header('location', whereFrom(headers));
  }

  @Get('logout')
  @HttpCode(302)
  logout(@Headers() headers: IncomingHttpHeaders, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.headers({ 'set-cookie': signedOut, location: whereFrom(headers) });
  }

  @Get('static/:name')
  asset(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): string {
    const asset = ASSETS.get(name);
    if (asset === undefined) throw new HttpException('Not Found', 404);
    reply.headers({ 'content-type': asset.contentType, 'cache-control': 'public, max-age=300' });
    return asset.text;
  }
}

/** The page the browser came from when that was ours, else the product page: never another site. */
function whereFrom({ referer, host }: IncomingHttpHeaders): string {
  if (referer !== undefined && URL.canParse(referer)) {
    const { protocol, host: from, href } = new URL(referer);
    if (from === host && (protocol === 'http:' || protocol === 'https:')) return href;
  }
  return '/productpage';
}
