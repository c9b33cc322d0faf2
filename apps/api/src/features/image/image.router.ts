import { platformProcedure, router } from '../../trpc.ts'
import {
  type DiffView,
  diffInput,
  type EvidenceView,
  endExceptionInput,
  exceptInput,
  type ImagesView,
  type ImageView,
  imageInput,
  listInput,
  type PackagesView,
  packagesInput,
  reportInput,
  type VulnerabilitiesView,
} from './image.types.ts'

const read = platformProcedure('image:read')

export const imageRouter = router({
  list: read.input(listInput).query(({ ctx, input }): Promise<ImagesView> => ctx.services.image.list(input)),

  get: read.input(imageInput).query(({ ctx, input }): Promise<ImageView> => ctx.services.image.get(input.id)),

  vulnerabilities: read
    .input(imageInput)
    .query(({ ctx, input }): Promise<VulnerabilitiesView> => ctx.services.image.vulnerabilities(input.id)),

  packages: read
    .input(packagesInput)
    .query(({ ctx, input }): Promise<PackagesView> => ctx.services.image.packages(input.id, input.search)),

  evidence: read
    .input(imageInput)
    .query(({ ctx, input }): Promise<EvidenceView> => ctx.services.image.evidence(input.id)),

  report: read
    .input(reportInput)
    .query(({ ctx, input }): Promise<{ text: string }> => ctx.services.image.report(input)),

  diff: read
    .input(diffInput)
    .query(({ ctx, input }): Promise<DiffView> => ctx.services.image.diff(input.from, input.to)),

  except: platformProcedure('image:manage')
    .input(exceptInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.image.except(ctx.caller, input)),

  endException: platformProcedure('image:manage')
    .input(endExceptionInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.image.endException(ctx.caller, input)),
})
