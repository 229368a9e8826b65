# What a plan must keep to, for Open Policy Agent (`opa eval`) and conftest:
#
#   pdslack plan --format json > plan.json
#   conftest test plan.json --policy examples/ci/policy.rego
#
# The fields are those of `terraform show -json`, so that rules written for it need only other types.
package main

import rego.v1

most_deletes := 5

services := {"service", "pagerduty_service"} # ours, and the Terraform provider's

deletes contains change.address if {
	some change in input.resource_changes
	"delete" in change.change.actions
}

has_runbook(service) if startswith(service.runbook, "https://")

deny contains message if {
	some change in input.resource_changes
	change.type in services
	change.address in deletes
	message := sprintf("%s would be deleted: services are retired by hand", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.type == "service"
	change.change.after != null
	not has_runbook(change.change.after)
	message := sprintf("%s has no runbook", [change.address])
}

deny contains message if {
	count(deletes) > most_deletes
	message := sprintf("%d objects would be deleted, at most %d may be at once", [count(deletes), most_deletes])
}

warn contains message if {
	some change in input.resource_changes
	change.change.importing.id
	change.change.actions != ["no-op"]
	message := sprintf("%s would be adopted and changed at once", [change.address])
}
