import { Controller, Get, Headers, HttpException, Inject, Param } from '@nestjs/common';
import { type IncomingHttpHeaders } from 'node:http';
import { type Book } from './book';
import { type BookLookup, ExternalBookError } from './external-books';

/** Injection token of the `BookLookup` in use. */
export const BOOK_LOOKUP = Symbol('BookLookup');

/** The details service's endpoints. */
@Controller()
export class DetailsController {
  constructor(@Inject(BOOK_LOOKUP) private readonly lookup: BookLookup) {}

  @Get('health')
  health(): { readonly status: string } {
    return { status: 'Details is healthy' };
  }

  @Get('details/:id')
  async details(@Param('id') id: string, @Headers() headers: IncomingHttpHeaders): Promise<Book> {
    if (!/^-?\d{1,15}$/.test(id)) throw new HttpException({ error: 'please provide numeric product id' }, 400);
    try {
      return await this.lookup(Number(id), headers);
    } catch (error) {
      if (error instanceof ExternalBookError) throw new HttpException({ error: error.message }, 502, { cause: error });
      throw error;
    }
  }
}
