/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP declares a use of atoi in a function that the image does not have. */
#pragma once

int atoi(const char *text);
