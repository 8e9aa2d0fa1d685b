// Sagas from shared libraries (sagas/plugin.h), beside those that a program holds itself.
//
//   SKALD_RETURN_IF_ERROR(RegisterSagas(std::move(own), {"libmy_sagas.so"}, registry));
//
// What is loaded stays loaded until the process ends. Threading: confined; before the process has
// threads (see saga_library_trial.h).
#ifndef SKALD_ENGINE_SERVER_SAGA_LIBRARY_H_
#define SKALD_ENGINE_SERVER_SAGA_LIBRARY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sagas/definition.h"
#include "sagas/plugin.h"
#include "sagas/registry.h"

namespace skald::server {

// "a.so,b.so", as the setting `sagas` has it.
std::vector<std::string> SplitPaths(std::string_view paths);

// Registers `own` and what is in the libraries, all together: a child may be in another library
// than its parent. INVALID_ARGUMENT: one line per mistake; what is the matter with a library, or
// with a definition of one, begins with its path.
absl::Status RegisterSagas(std::vector<Definition> own, const std::vector<std::string>& libraries,
                           Registry& registry);

// The definitions of one library. INVALID_ARGUMENT: there is no such file; it is no library, or not
// one of sagas; it was built otherwise than this program; its functions failed, or ended a trial.
absl::StatusOr<std::vector<Definition>> LoadSagaLibrary(const std::string& path);

// OK: a library that says this of itself can be used. INVALID_ARGUMENT: what differs, and what to
// do.
absl::Status CheckFits(const SagaLibrary& library);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SAGA_LIBRARY_H_
