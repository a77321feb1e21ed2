/** The options of `inspect`. */
import * as z from "zod";
import { whatOption } from "./aspects.js";
import { reference } from "./dataset.js";
import { inputsOption } from "./inspect-inputs.js";

export const schema = z.strictObject({
  model: reference("The network to look into."),
  data: reference(
    "The dataset that `inputs` are taken from, and that whole-dataset aspects go over. Brought to the model as " +
      "`evaluate` does. Needed where an item of `what` looks at examples.",
  ).optional(),
  inputs: inputsOption,
  what: whatOption,
});
export type InspectOptions = z.infer<typeof schema>;
export type InspectInputs = { readonly model: "model"; readonly data?: "dataset" };
