import { z } from 'zod';

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and _ that begins with no digit');

/** One image of `lateen.yaml`. Documented in docs/lateen-yaml.md. */
export const imageSchema = z.strictObject({
  command: z.tuple([z.string().min(1)], z.string()),
  directory: z.string().min(1).optional(),
  port: environmentName.optional(),
  environment: z.record(environmentName, z.string()).optional(),
  envoy: z.string().min(1).optional(),
});

/** The whole of `lateen.yaml`. */
export const appsFileSchema = z.strictObject({
  images: z.record(
    z.string().regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, "must be an image's repository name without registry, tag or digest"),
    imageSchema,
  ),
});
