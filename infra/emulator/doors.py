"""Runs the emulator with what it lacks for doors: the alias in the ARN by which a function was invoked, and policies of buses.

AWS names a function by the ARN that was invoked, with its alias. The emulator names it without, finds a mapping by the alias that it had
first, and knows no `AWS::Events::EventBusPolicy`. It keeps such policies now, and goes by none: what they say is checked on the template.
"""

import sys

from ministack.app import main
from ministack.services import eventbridge, lambda_svc
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS
MAPPINGS = HANDLERS["AWS::Lambda::EventSourceMapping"]

found = lambda_svc._effective_func_record_for_qualifier
updated = MAPPINGS["update"]


def named_by_alias(function, qualifier):
    """What is invoked by an alias, with the ARN of the alias as its own."""
    record, config = found(function, qualifier)
    if config is None or qualifier not in function.get("aliases", {}):
        return record, config
    config = {**config, "FunctionArn": function["aliases"][qualifier]["AliasArn"]}
    return {**record, "config": config}, config


def update_mapping(physical_id, before, after, stack):
    """Changes a mapping, with the alias that it is of."""
    answer = updated(physical_id, before, after, stack)
    mapping = lambda_svc._esms[answer[0]]
    _, mapping["Qualifier"] = lambda_svc._resolve_name_and_qualifier(after["FunctionName"])
    return answer


def policy_of(bus):
    """The policy of a bus, to be changed."""
    return eventbridge._event_bus_policies.setdefault(bus, {"Version": "2012-10-17", "Statement": []})


def put_policy(_logical_id, properties, _stack):
    """Adds a statement to the policy of a bus."""
    bus, sid = properties["EventBusName"], properties["StatementId"]
    drop_policy(f"{bus}|{sid}", properties)
    policy_of(bus)["Statement"].append({"Sid": sid, **properties["Statement"]})
    return f"{bus}|{sid}", {}


def change_policy(_physical_id, _before, after, stack):
    """Changes a statement of the policy of a bus."""
    return put_policy("", after, stack)


def drop_policy(physical_id, _properties):
    """Takes a statement out of the policy of a bus."""
    bus, sid = physical_id.split("|")
    policy = policy_of(bus)
    policy["Statement"] = [it for it in policy["Statement"] if it["Sid"] != sid]


lambda_svc._effective_func_record_for_qualifier = named_by_alias
MAPPINGS["update"] = update_mapping
HANDLERS["AWS::Events::EventBusPolicy"] = {"create": put_policy, "update": change_policy, "delete": drop_policy}

if __name__ == "__main__":
    sys.exit(main())
