/** A PA number as the API gives it out: the prefix and the number, padded to five digits. */
export const REQUEST_ID = /^PA-\d{5,16}$/;
