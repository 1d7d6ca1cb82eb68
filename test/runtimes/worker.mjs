// An edge worker: answers every request with what came of the exercise.
import * as sdk from "../../packages/sdk/dist/index.js";
import { exercise } from "./exercise.mjs";

export default {
  async fetch(request) {
    try {
      return Response.json(await exercise(sdk, await request.json()));
    } catch (error) {
      return new Response(String(error.stack), { status: 500 });
    }
  },
};
