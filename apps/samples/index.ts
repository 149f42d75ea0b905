// Sample models on real tables.
export { movieRows, moviesModel, penguinRows, penguinsModel, readSampleTable, samples } from './samples.ts'
