// Schemas at run time: zod and JSON Schema compiled to validators whose errors are sentences.
export { compileSerialiser, type Serialiser } from './compile-serialiser.ts'
export { ALL_ERRORS_LIMIT_BYTES, compileValidator, type Validator, type ValidatorOptions } from './compile-validator.ts'
export { fieldErrors } from './field-errors.ts'
export { forbiddenKinds } from './forbidden-kinds.ts'
export { inputSchema, isZod, type JsonSchema, serialiserSchema } from './json-schema.ts'
