import { type StreamFilter } from '../filter';
import { type LocalReplyCode } from '../local-replies';

/** Stands in for a filter that is not built and must not be left out: answers every request itself. */
export function refuseFilter(name: string, code: Extract<LocalReplyCode, 'refused' | 'unsupported'>, word: string): StreamFilter {
  return {
    name,
    onRequest: (stream) => {
      stream.reply(code, { details: word });
      return false;
    },
  };
}
