export { blocking, type DecisionExit, decisionExit } from '../app/verdict.ts';
